/** @file The read-outs beside a map: what depends on the threshold is looked up, the rest was measured. */

import { atThreshold, type ThresholdScores } from '../core/metrics/localisation-table.ts'
import type { AnyMetric, Score } from '../core/metrics/metric.ts'
import { metrics } from '../core/metrics/metrics.ts'
import { type ShownRun, thresholdOf } from './active-run.ts'
import type { Measurement } from './run-state.ts'

export interface MetricRow {
  readonly metric: AnyMetric
  readonly score: Score
}

/** The order in which the whole-map numbers are read; what is not named follows. */
const order = [
  'relevance-mass-accuracy',
  'roc-auc',
  'average-precision',
  'enrichment',
  'relevance-rank-accuracy',
  'best-dice',
]

const atThresholdIds = ['dice', 'iou', 'precision', 'recall'] as const

/** The rows that no threshold changes; the same list for the same measurement. */
export function wholeRows({ measurement }: ShownRun): readonly MetricRow[] {
  if (!measurement) return []
  const known = cachedRows.get(measurement)
  if (known) return known
  const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length)
  const rows = metrics
    .filter(({ id }) => Object.hasOwn(measurement.scores, id) && !isThresholded(id))
    .toSorted((a, b) => rank(a.id) - rank(b.id))
    .map((metric) => ({ metric, score: measurement.scores[metric.id] ?? notMeasured }))
  cachedRows.set(measurement, rows)
  return rows
}

const cachedRows = new WeakMap<Measurement, readonly MetricRow[]>()

/** The rows at the threshold of the display: a look-up, fit for every frame of a drag. */
export function thresholdRows(shown: ShownRun): readonly MetricRow[] {
  const { measurement } = shown
  if (!measurement) return []
  const scores = atThreshold(measurement.table, thresholdOf(shown))
  return metrics
    .filter(({ id }) => isThresholded(id))
    .map((metric) => ({ metric, score: readThresholded(metric.id, scores, measurement.table) }))
}

export function isThresholded(id: string): id is (typeof atThresholdIds)[number] {
  return (atThresholdIds as readonly string[]).includes(id)
}

const notMeasured: Score = { kind: 'unavailable', reason: 'It was not measured.' }

/** The chance levels are those of as many voxels drawn at random. */
function readThresholded(
  id: string,
  scores: ThresholdScores,
  { truthVoxels, values }: { readonly truthVoxels: number; readonly values: Float32Array },
): Score {
  const value = isThresholded(id) ? scores[id] : null
  if (value === null) {
    const reason =
      truthVoxels === 0 ? 'There is no truth to compare with.' : 'No voxel passes the threshold.'
    return { kind: 'unavailable', reason }
  }
  const truth = truthVoxels / values.length
  const { share } = scores
  switch (id) {
    case 'dice':
      return { kind: 'value', value, chance: (2 * share * truth) / (share + truth) }
    case 'iou':
      return { kind: 'value', value, chance: (share * truth) / (share + truth - share * truth) }
    case 'precision':
      return { kind: 'value', value, chance: truth }
    default:
      return { kind: 'value', value, chance: share }
  }
}
