/** @file Best Dice over all thresholds (MaxF1 in SE3D). */

import { bestDiceOf } from './localisation-curves.ts'
import { percentileOfValue } from './localisation-table.ts'
import { defineMetric } from './metric.ts'
import { truthShare, valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const bestDice = defineMetric({
  id: 'best-dice',
  label: 'Best Dice',
  title: 'Best Dice over all thresholds',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    'The highest Dice that any threshold gives, with that threshold; chance is that of taking every voxel.',
  formula: 'max over t of 2 |{a >= t} and m| / (|{a >= t}| + |m|)',
  citation: {
    text: 'Wiśniewski et al. 2024, SE3D: a framework for saliency method evaluation in 3D imaging (maximal F1)',
    url: 'https://arxiv.org/abs/2405.14584',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    const refused = refusal(input, ['mask', 'varying'])
    if (refused) return refused
    const table = tableOf(input)
    const { dice, threshold, voxels } = bestDiceOf(table)
    const share = truthShare(input)
    return valueScore(dice, (2 * share) / (1 + share), {
      threshold,
      percentile: percentileOfValue(table, threshold),
      voxels,
    })
  },
})
