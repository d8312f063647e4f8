/** @file Average precision of a map as a classifier of voxels (VxAP in SE3D). */

import { averagePrecisionOf } from './localisation-curves.ts'
import { defineMetric } from './metric.ts'
import { truthShare, valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const averagePrecision = defineMetric({
  id: 'average-precision',
  label: 'Average precision',
  title: 'Average precision',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'Precision averaged over recall as the threshold falls; stricter than the ROC area where the truth is small.',
  formula: 'sum over thresholds of (R_n - R_{n-1}) P_n',
  citation: {
    text: 'Wiśniewski et al. 2024, SE3D: a framework for saliency method evaluation in 3D imaging (voxel average precision)',
    url: 'https://arxiv.org/abs/2405.14584',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    return (
      refusal(input, ['mask', 'outside', 'varying']) ??
      valueScore(averagePrecisionOf(tableOf(input)), truthShare(input))
    )
  },
})
