/** @file The run on screen and what follows from it. */

import { percentileOfValue, valueAtPercentile } from '../core/metrics/localisation-table.ts'
import type { AppState } from './app-state.ts'
import { isConcealed } from './concealed.ts'
import type { ImageLayer, TruthLayer } from './data-state.ts'
import type { Measurement, Run, RunResult } from './run-state.ts'

export interface ShownRun {
  readonly run: Run
  readonly result: RunResult
  readonly measurement: Measurement | null
}

/** The finished run on screen; null where there is none. */
export function shownRun({
  runs,
  activeRunId,
}: Pick<AppState, 'activeRunId' | 'runs'>): ShownRun | null {
  const run = runs.find(({ id }) => id === activeRunId)
  return run?.state.kind === 'done'
    ? { run, result: run.state.result, measurement: run.state.measurement }
    : null
}

/** The image under the map: the run's own, also after another one was opened. */
export function shownImage(
  state: Pick<AppState, 'activeRunId' | 'images' | 'runs'>,
): ImageLayer | null {
  return shownRun(state)?.run.source.image ?? state.images[0] ?? null
}

/** The truth on the grid of the image on screen; null while hidden-truth mode hides it. */
export function shownTruth(
  state: Pick<AppState, 'activeRunId' | 'guessing' | 'images' | 'runs' | 'truth'>,
): TruthLayer | null {
  if (isConcealed(state)) return null
  const shown = shownRun(state)
  const isOwn = !shown || shown.run.source.image.info.id === state.images[0]?.info.id
  return isOwn ? state.truth : (shown?.measurement?.truth ?? null)
}

/** The threshold in the map's unit; from a sample until the map was sorted. */
export function thresholdOf(shown: ShownRun): number {
  return valueAt(shown, shown.run.display.percentile)
}

function valueAt({ measurement, result }: ShownRun, percentile: number): number {
  if (measurement) return valueAtPercentile(measurement.table, percentile)
  return result.sample[Math.floor((percentile / 100) * (result.sample.length - 1))] ?? 0
}

/** The percentile that a threshold value stands for. */
export function percentileFor({ measurement }: ShownRun, value: number): number {
  return measurement ? percentileOfValue(measurement.table, value) : 0
}

/** The largest value after sign handling. */
export function largestOf({ result, run }: ShownRun): number {
  const largest = Math.max(0, result.max)
  return run.display.sign === 'magnitude' ? Math.max(largest, -result.min) : largest
}

/**
 * The value with the last colour: above 0, and above the threshold wherever the map is. A robust scale
 * lets a tenth of what passes the threshold saturate, and never more than the highest 0.1 %.
 */
export function limitOf(shown: ShownRun): number {
  const largest = Math.max(shown.result.max, -shown.result.min, 0)
  if (shown.run.display.scale === 'largest') return largest || 1
  const reached = Math.max(99.9, (900 + shown.run.display.percentile) / 10)
  return Math.min(largest, Math.max(valueAt(shown, reached), thresholdOf(shown))) || largest || 1
}

/** The voxel where the map is strongest, by what counts as strong. */
export function peakOf({ result, run }: ShownRun): readonly [number, number, number] {
  return run.display.sign === 'magnitude' ? result.strongestAt : result.maxAt
}
