/** @file The runs: what was asked, how far it is, and what came out. */

import type { LocalisationTable } from '../core/metrics/localisation-table.ts'
import type { Score } from '../core/metrics/metric.ts'
import type { AnyOptionValues } from '../core/options.ts'
import type { ProviderInfo } from '../core/provider.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { CallProgress } from '../rpc/protocol.ts'
import type { PreparedInput } from '../rpc/volume-api.ts'
import type { ImageLayer, TruthLayer } from './data-state.ts'
import type { DisplaySettings } from './display-state.ts'
import type { Thumbnail } from './thumbnail.ts'

/** What was asked for. */
export interface RunRequest {
  readonly methodId: string
  readonly options: AnyOptionValues
  readonly target: string
  readonly layer: string | null
  readonly baseline: string
  readonly seed: number
}

/** What the run was made from; a run keeps it after something else is loaded. */
export interface RunSource {
  readonly image: ImageLayer
  readonly modelName: string
  readonly modelSha256: string
  readonly card: ModelCard
  readonly prepared: PreparedInput
  /** Name of the case, for captions and records; null for files of the user's own. */
  readonly caseTitle: string | null
}

export interface RunResult {
  /** On the image's own grid. */
  readonly map: Float32Array<ArrayBuffer>
  readonly min: number
  readonly max: number
  /** Voxel of the largest value. */
  readonly maxAt: readonly [number, number, number]
  /** Voxel of the largest magnitude. */
  readonly strongestAt: readonly [number, number, number]
  readonly isSigned: boolean
  /** A sample of the magnitudes in ascending order: thresholds for the moment before the map is sorted. */
  readonly sample: Float32Array
  readonly options: AnyOptionValues
  readonly targetSpec: string
  readonly targetLabel: string
  readonly score: number
  readonly completenessGap: number | null
  readonly layer: { readonly name: string; readonly grid: readonly number[] } | null
  /** Channels that were summed into the map; 1 = nothing was. */
  readonly channels: number
  /** Grid the map was computed on, image axes. */
  readonly grid: readonly number[]
  readonly provider: ProviderInfo
  readonly elapsedMs: number
  readonly thumbnail: Thumbnail
}

/** The map against the truth, or alone. */
export interface Measurement {
  readonly table: LocalisationTable
  readonly scores: Readonly<Record<string, Score>>
  /** The truth it was measured against; null = none. */
  readonly truth: TruthLayer | null
}

export type RunState =
  | { readonly kind: 'queued' }
  | { readonly kind: 'running'; readonly progress: CallProgress | null }
  /** The map shows at once; the measurement is null until the worker has sorted it. */
  | { readonly kind: 'done'; readonly result: RunResult; readonly measurement: Measurement | null }
  | { readonly kind: 'failed'; readonly reason: string; readonly details: string }
  | { readonly kind: 'cancelled' }

export interface Run {
  readonly id: string
  readonly request: RunRequest
  readonly source: RunSource
  /** Expected milliseconds when it was started; null where nothing was measured yet. */
  readonly estimateMs: number | null
  readonly state: RunState
  readonly display: DisplaySettings
}

export interface RunSlice {
  /** Newest last. */
  readonly runs: readonly Run[]
  readonly activeRunId: string | null
  /** Queues a run of what is chosen; the map shows when it is done. */
  startRun(): Promise<void>
  cancelRun(id: string): void
  retryRun(id: string): Promise<void>
  deleteRun(id: string): void
  showRun(id: string): void
  /** Measures again what belongs to the loaded image: after a change of truth or of sign. */
  measureRuns(): Promise<void>
  measureRun(id: string): Promise<void>
}
