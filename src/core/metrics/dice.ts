/** @file Dice coefficient (Dice, 1945) of the thresholded map and the truth. */

import { defineMetric } from './metric.ts'
import { truthShare, valueScore } from './metric-helpers.ts'
import { scoresAtThreshold, thresholdOptions } from './threshold-options.ts'

export const dice = defineMetric({
  id: 'dice',
  label: 'Dice',
  title: 'Dice coefficient at a threshold',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'Overlap of the voxels at or above the threshold with the truth, relative to their mean size.',
  formula: '2 |{a >= t} and m| / (|{a >= t}| + |m|)',
  citation: {
    text: 'Dice 1945, Measures of the amount of ecologic association between species',
    url: 'https://doi.org/10.2307/1932409',
  },
  needs: ['map', 'truth'],
  options: thresholdOptions,
  evaluate(input, options) {
    const at = scoresAtThreshold(input, options)
    if (at.kind === 'unavailable') return at
    const truth = truthShare(input)
    // The expected overlap of as many voxels drawn at random.
    const chance = (2 * at.share * truth) / (at.share + truth)
    return valueScore(at.dice ?? 0, chance, at.details)
  },
})
