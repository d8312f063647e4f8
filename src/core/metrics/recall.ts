/** @file Recall of the thresholded map against the truth; 1 for a map that is hot everywhere. */

import { defineMetric } from './metric.ts'
import { valueScore } from './metric-helpers.ts'
import { scoresAtThreshold, thresholdOptions } from './threshold-options.ts'

export const recall = defineMetric({
  id: 'recall',
  label: 'Recall',
  title: 'Recall at a threshold',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'The share of the truth at or above the threshold; says little without precision, since a map that is hot everywhere scores 1.',
  formula: '|{a >= t} and m| / |m|',
  citation: {
    text: 'Powers 2011, Evaluation: from precision, recall and F-measure to ROC, informedness, markedness and correlation',
    url: 'https://arxiv.org/abs/2010.16061',
  },
  needs: ['map', 'truth'],
  options: thresholdOptions,
  evaluate(input, options) {
    const at = scoresAtThreshold(input, options)
    if (at.kind === 'unavailable') return at
    return valueScore(at.recall ?? 0, at.share, at.details)
  },
})
