/** @file Area under the ROC curve of a map as a classifier of voxels. */

import { rocArea } from './localisation-curves.ts'
import { defineMetric } from './metric.ts'
import { valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const rocAuc = defineMetric({
  id: 'roc-auc',
  label: 'ROC area',
  title: 'Area under the ROC curve',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'The chance that a voxel inside the truth ranks above one outside; a tie counts one half.',
  formula: 'P(a_in > a_out) + P(a_in = a_out) / 2',
  citation: {
    text: 'Fawcett 2006, An introduction to ROC analysis',
    url: 'https://doi.org/10.1016/j.patrec.2005.10.010',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    return (
      refusal(input, ['mask', 'outside', 'varying']) ?? valueScore(rocArea(tableOf(input)), 0.5)
    )
  },
})
