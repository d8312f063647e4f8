/** @file Precision of the thresholded map against the truth. */

import { defineMetric } from './metric.ts'
import { truthShare, valueScore } from './metric-helpers.ts'
import { unavailable } from './refusal.ts'
import { scoresAtThreshold, thresholdOptions } from './threshold-options.ts'

export const precision = defineMetric({
  id: 'precision',
  label: 'Precision',
  title: 'Precision at a threshold',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition: 'The share of voxels at or above the threshold that lies in the truth.',
  formula: '|{a >= t} and m| / |{a >= t}|',
  citation: {
    text: 'Powers 2011, Evaluation: from precision, recall and F-measure to ROC, informedness, markedness and correlation',
    url: 'https://arxiv.org/abs/2010.16061',
  },
  needs: ['map', 'truth'],
  options: thresholdOptions,
  evaluate(input, options) {
    const at = scoresAtThreshold(input, options)
    if (at.kind === 'unavailable') return at
    if (at.precision === null) {
      return unavailable(`no voxel reaches the threshold ${at.threshold}: lower it`)
    }
    return valueScore(at.precision, truthShare(input), at.details)
  },
})
