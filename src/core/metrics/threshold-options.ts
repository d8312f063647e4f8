/** @file The threshold of dice, iou, precision and recall: a value, or a percentile of the map. */

import type { OptionSpec, OptionValues } from '../options.ts'
import { atThreshold, type ThresholdScores, valueAtPercentile } from './localisation-table.ts'
import type { LocalisationInput } from './metric.ts'
import { refusal, type Unavailable } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const thresholdOptions = {
  threshold: {
    kind: 'number',
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    default: Number.NaN,
    label: 'Threshold',
    help: 'Voxels at or above this value count as found; when not given, the percentile decides.',
  },
  percentile: {
    kind: 'number',
    min: 0,
    max: 100,
    step: 0.1,
    default: 99,
    label: 'Percentile',
    help: 'Voxels at or above this percentile of the evaluated map count as found.',
    decisive: true,
  },
} as const satisfies OptionSpec

export type AtThreshold = ThresholdScores & {
  readonly kind: 'scores'
  readonly threshold: number
  /** Companions every thresholded metric reports. */
  readonly details: { readonly threshold: number; readonly voxels: number }
}

/** The scores of {a >= threshold} against the truth, or why there are none. */
export function scoresAtThreshold(
  input: LocalisationInput,
  { threshold, percentile }: OptionValues<typeof thresholdOptions>,
): AtThreshold | Unavailable {
  const byPercentile = Number.isNaN(threshold)
  const refused = refusal(input, byPercentile ? ['mask', 'varying'] : ['mask'])
  if (refused) return refused
  const table = tableOf(input)
  const value = byPercentile ? valueAtPercentile(table, percentile) : threshold
  const scores = atThreshold(table, value)
  return {
    kind: 'scores',
    ...scores,
    threshold: value,
    details: { threshold: value, voxels: scores.voxels },
  }
}
