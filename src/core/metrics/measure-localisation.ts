/** @file The whole read-out of one map: the sorted table, and every metric without a threshold. */

import { Failure } from '../failure.ts'
import { defaultOptions } from '../parse-options.ts'
import { countNonFinite } from '../tensor/statistics.ts'
import { elementCount } from '../tensor/tensor.ts'
import { buildLocalisationTable } from './build-localisation-table.ts'
import type { LocalisationTable } from './localisation-table.ts'
import type { LocalisationInput, Score } from './metric.ts'
import { metrics } from './metrics.ts'
import { handleSign, type SignHandling } from './sign-handling.ts'
import { tableOf } from './table-of.ts'

export interface MapWithTruth {
  readonly map: Float32Array<ArrayBuffer>
  /** 1 inside; null = no truth, then only the table is made. */
  readonly truth: Uint8Array<ArrayBuffer> | null
  readonly evaluation: Uint8Array<ArrayBuffer> | null
  /** Slowest axis first. */
  readonly dims: readonly number[]
  readonly spacingMm: readonly number[]
  readonly sign: SignHandling
}

/** Metrics with a `percentile` option follow the slider: they are read off the table. */
export function measureLocalisation({
  map,
  truth,
  evaluation,
  dims,
  spacingMm,
  sign,
}: MapWithTruth): {
  readonly table: LocalisationTable
  readonly scores: Readonly<Record<string, Score>>
} {
  for (const part of [map, truth, evaluation]) {
    if (part !== null && part.length !== elementCount(dims)) {
      throw new Failure('shape-mismatch', 'the map, the truth and the grid differ in size')
    }
  }
  const bad = countNonFinite(map)
  if (bad > 0)
    throw new Failure('bad-file', `the map holds ${bad} values that are not finite numbers`)
  const handled = handleSign(map, sign)
  if (truth === null) {
    return { table: buildLocalisationTable(handled, null, evaluation), scores: {} }
  }
  const input: LocalisationInput = {
    map: handled,
    truth,
    dims,
    spacingMm,
    ...(evaluation ? { evaluation } : {}),
  }
  const fixed = metrics.filter(({ options }) => !Object.hasOwn(options, 'percentile'))
  const scores = fixed.map((metric) => [
    metric.id,
    metric.evaluate(input, defaultOptions(metric.options)),
  ])
  return { table: tableOf(input), scores: Object.fromEntries(scores) }
}
