/** @file Top-k intersection (Theiner et al., 2022). */

import { defineMetric } from './metric.ts'
import { shareOfTopInTruth, truthShare, valueScore } from './metric-helpers.ts'
import { refusal, unavailable } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const topKIntersection = defineMetric({
  id: 'top-k-intersection',
  label: 'Top k in truth',
  title: 'Top-k intersection',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'The share of the k highest voxels that lies in the truth; ties at the k-th place count by their mean.',
  formula: '|top_k(a) in m| / k',
  citation: {
    text: 'Theiner, Müller-Budack and Ewerth 2022, Interpretable semantic photo geolocation',
    url: 'https://arxiv.org/abs/2104.14995',
  },
  needs: ['map', 'truth'],
  options: {
    k: {
      kind: 'integer',
      min: 1,
      max: 1_000_000_000,
      default: 1000,
      label: 'k',
      help: 'How many of the highest voxels are looked at.',
      decisive: true,
    },
  },
  evaluate(input, { k }) {
    const refused = refusal(input, ['mask', 'outside', 'varying'])
    if (refused) return refused
    const voxels = tableOf(input).values.length
    if (k > voxels) {
      return unavailable(`k is ${k}, but only ${voxels} voxels are evaluated: choose a smaller k`)
    }
    return valueScore(shareOfTopInTruth(input, k), truthShare(input))
  },
})
