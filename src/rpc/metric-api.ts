/** @file Calls of the metric worker: sorts a map once, so that every threshold is a look-up. */

import type { LocalisationTable } from '../core/metrics/localisation-table.ts'
import type { Score } from '../core/metrics/metric.ts'

export type SignHandling = 'magnitude' | 'positive' | 'signed'

export interface MeasureRequest {
  readonly map: Float32Array<ArrayBuffer>
  readonly truth: Uint8Array<ArrayBuffer> | null
  readonly evaluation: Uint8Array<ArrayBuffer> | null
  /** Slowest axis first. */
  readonly dims: readonly number[]
  readonly spacingMm: readonly number[]
  readonly sign: SignHandling
}

export interface MeasureReply {
  /** Values sorted with running counts: answers value <-> percentile and every threshold metric at once. */
  readonly table: LocalisationTable
  /** The metrics that do not depend on the threshold, by id, at their default options. */
  readonly scores: Readonly<Record<string, Score>>
}

export type MetricApi = {
  readonly measure: readonly [request: MeasureRequest, reply: MeasureReply]
}
