/** @file Excitation back-propagation (Zhang et al., 2016). */

import { excitationComposite } from '../autodiff/relevance/composites.ts'
import { defineRelevanceMethod } from './lrp-method.ts'

/**
 * Marginal winning probabilities: from 1 at the class, every linear layer hands its probability to
 * its inputs in proportion to x+ W+ (and x- W- where inputs are negative), without the bias.
 * `contrastive`: the same with the negated weights of the last linear layer (the classes) is
 * subtracted. The rules below that layer are linear in the relevance, so the two are subtracted
 * there and travel on as one map, whose sum is 0.
 */
export const excitationBackprop = defineRelevanceMethod({
  id: 'excitation-backprop',
  label: 'Excitation backprop',
  summary:
    'The probability that each voxel wins when neurons pass the class on to what excites them.',
  strengths:
    'In its contrastive form it localises the named class well among others in the pointing game, in one pass (Zhang et al. 2016).',
  limits:
    'Only excitatory connections count; without the contrastive form, maps of different classes look much alike, and the sanity checks on positive rules hold here too (Sixt et al. 2020).',
  citation: {
    text: 'Zhang et al. 2016, Top-down neural attention by excitation backprop',
    url: 'https://arxiv.org/abs/1608.00507',
  },
  options: {
    contrastive: {
      kind: 'boolean',
      default: false,
      label: 'Contrastive',
      help: 'Subtracts what excites the opposite of the class, so that evidence shared by all classes cancels.',
      decisive: true,
    },
  },
  plan: ({ contrastive }) => ({
    composite: excitationComposite(contrastive),
    start: 'one',
    mergeBatchNorm: true,
    isDifference: contrastive,
  }),
})
