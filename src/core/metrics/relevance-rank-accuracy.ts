/** @file Relevance rank accuracy (Arras et al., 2022). */

import { defineMetric } from './metric.ts'
import { shareOfTopInTruth, truthShare, valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const relevanceRankAccuracy = defineMetric({
  id: 'relevance-rank-accuracy',
  label: 'Top voxels in truth',
  title: 'Relevance rank accuracy',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'Of as many highest voxels as the truth has, the share that lies in it; ties at the border count by their mean.',
  formula: '|top_|m|(a) in m| / |m|',
  citation: {
    text: 'Arras, Osman and Samek 2022, CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations',
    url: 'https://arxiv.org/abs/2003.07258',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    return (
      refusal(input, ['mask', 'outside', 'varying']) ??
      valueScore(shareOfTopInTruth(input, tableOf(input).truthVoxels), truthShare(input))
    )
  },
})
