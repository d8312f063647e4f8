/** @file Deep Taylor decomposition (Montavon et al., 2017). */

import { deepTaylorComposite } from '../autodiff/relevance/composites.ts'
import { defineRelevanceMethod } from './lrp-method.ts'

/**
 * z-plus at every linear layer and z-box at the first ones, between the smallest and the largest
 * value of every input row. Batch normalisation is merged into its neighbours.
 */
export const deepTaylor = defineRelevanceMethod({
  id: 'deep-taylor',
  label: 'Deep Taylor decomposition',
  summary:
    'Every neuron explained by a Taylor expansion of itself at a nearby root: relevance without a minus sign.',
  strengths:
    'Where the score is positive and biases are not, all relevance is non-negative and sums to the score, which makes maps easy to read (Montavon et al. 2017).',
  limits:
    'The map converges to one direction through the layers, so it hardly changes when the upper layers, or the class, do (Sixt et al. 2020). It shows nothing that speaks against the class.',
  citation: {
    text: 'Montavon et al. 2017, Explaining nonlinear classification decisions with deep Taylor decomposition',
    url: 'https://doi.org/10.1016/j.patcog.2016.11.008',
  },
  options: {},
  plan: () => ({ composite: deepTaylorComposite, start: 'score', mergeBatchNorm: true }),
})
