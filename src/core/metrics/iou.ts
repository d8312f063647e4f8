/** @file Intersection over union (Jaccard, 1912) of the thresholded map and the truth. */

import { defineMetric } from './metric.ts'
import { truthShare, valueScore } from './metric-helpers.ts'
import { scoresAtThreshold, thresholdOptions } from './threshold-options.ts'

export const iou = defineMetric({
  id: 'iou',
  label: 'IoU',
  title: 'Intersection over union at a threshold',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'Voxels both at or above the threshold and in the truth, divided by voxels in either.',
  formula: '|{a >= t} and m| / |{a >= t} or m|',
  citation: {
    text: 'Jaccard 1912, The distribution of the flora in the alpine zone',
    url: 'https://doi.org/10.1111/j.1469-8137.1912.tb05611.x',
  },
  needs: ['map', 'truth'],
  options: thresholdOptions,
  evaluate(input, options) {
    const at = scoresAtThreshold(input, options)
    if (at.kind === 'unavailable') return at
    const truth = truthShare(input)
    const overlap = at.share * truth
    // The expected overlap of as many voxels drawn at random.
    return valueScore(at.iou ?? 0, overlap / (at.share + truth - overlap), at.details)
  },
})
