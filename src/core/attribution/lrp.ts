/** @file Layer-wise relevance propagation (Bach et al., 2015) with the composites in common use. */

import { lrpComposite, lrpComposites } from '../autodiff/relevance/composites.ts'
import { defineRelevanceMethod } from './lrp-method.ts'

/**
 * Relevance goes from the explained value back to the input; every layer shares what its outputs
 * got among its inputs by the rule that the composite gives the layer. Without biases the map
 * sums to the starting relevance. Rules: docs/decisions/relevance-rules.md.
 */
export const lrp = defineRelevanceMethod({
  id: 'lrp',
  label: 'Layer-wise relevance propagation',
  summary:
    'The score shared out layer by layer until it lies on the voxels; parts add up to the whole but for biases.',
  strengths:
    'With rules suited to the layers it separates evidence for and against a class, and on brain MRI its maps followed known atrophy more closely than gradients did (Böhle et al. 2019, Siegel et al. 2025).',
  limits:
    'Rules that favour positive weights (z-plus, alpha-beta) can lose the influence of the upper layers, so their maps may hardly depend on the class (Sixt et al. 2020). Different composites give different maps, and none is the right one by definition. On transformers the epsilon rule can grow without bound, as sums near zero are divided by: compare it with z-plus there. The flat rule shares by connections, whatever their weights, so even a constant model gets a map.',
  citation: {
    text: 'Bach et al. 2015, On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation',
    url: 'https://doi.org/10.1371/journal.pone.0130140',
  },
  options: {
    composite: {
      kind: 'choice',
      choices: lrpComposites,
      default: 'epsilon',
      label: 'Composite',
      help: 'Which rule each kind of layer gets; epsilon-plus-flat and epsilon-gamma-box are common for images.',
      decisive: true,
    },
    epsilon: {
      kind: 'number',
      min: 1e-12,
      max: 1e6,
      default: 1e-6,
      label: 'Epsilon',
      help: 'Added to the denominators of the epsilon rule; larger values absorb weak and noisy relevance.',
    },
    gamma: {
      kind: 'number',
      min: 0,
      max: 1e6,
      default: 0.25,
      label: 'Gamma',
      help: 'How much the gamma rule favours contributions of the same sign as the output.',
    },
    alpha: {
      kind: 'number',
      min: 1,
      max: 1e6,
      default: 2,
      label: 'Alpha',
      help: 'Weight of positive contributions in the alpha-beta rule; alpha - beta must be 1.',
    },
    beta: {
      kind: 'number',
      min: 0,
      max: 1e6,
      default: 1,
      label: 'Beta',
      help: 'Weight of negative contributions in the alpha-beta rule; alpha - beta must be 1.',
    },
    low: {
      kind: 'number',
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
      default: Number.NaN,
      label: 'Low',
      help: 'Lower bound of the input for the z-box rule; not given = the smallest value of each input.',
    },
    high: {
      kind: 'number',
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
      default: Number.NaN,
      label: 'High',
      help: 'Upper bound of the input for the z-box rule; not given = the largest value of each input.',
    },
    start: {
      kind: 'choice',
      choices: ['score', 'one'],
      default: 'score',
      label: 'Start',
      help: 'The relevance that is shared out: the explained score itself, or 1.',
    },
    'merge-batch-norm': {
      kind: 'boolean',
      default: true,
      label: 'Merge batch norm',
      help: 'Batch normalisation becomes part of the layer before it, as it is at inference; otherwise relevance passes it unchanged.',
    },
  },
  plan: ({ composite, start, low, high, 'merge-batch-norm': mergeBatchNorm, ...numbers }) => ({
    composite: lrpComposite(composite, { ...numbers, low: given(low), high: given(high) }),
    start,
    mergeBatchNorm,
  }),
})

function given(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}
