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

export interface CompareRequest {
  /** Two maps on one grid; their magnitudes are compared. */
  readonly first: Float32Array<ArrayBuffer>
  readonly second: Float32Array<ArrayBuffer>
  /** Compared where this image is above its smallest value: in the body, not in the air around it. */
  readonly image: Float32Array<ArrayBuffer>
}

export type MetricApi = {
  /** Spearman's rank correlation of two maps; null where one of them is constant. */
  readonly compare: readonly [request: CompareRequest, reply: { readonly rank: number | null }]
  readonly measure: readonly [request: MeasureRequest, reply: MeasureReply]
}
