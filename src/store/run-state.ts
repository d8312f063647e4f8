/** @file The runs: what was asked, how far it is, and what came out. */

import type { LocalisationTable } from '../core/metrics/localisation-table.ts'
import type { Score } from '../core/metrics/metric.ts'
import type { AnyOptionValues } from '../core/options.ts'
import type { ProviderInfo } from '../core/provider.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { CallProgress } from '../rpc/protocol.ts'
import type { ImageLayer, TruthLayer } from './data-state.ts'
import type { DisplaySettings } from './display-state.ts'
import type { ImageMap, InputMap } from './input-maps.ts'
import type { BaselineFile } from './make-baseline.ts'
import type { Prepared } from './prepare-inputs.ts'

/** What was asked for. */
export interface RunRequest {
  readonly methodId: string
  readonly options: AnyOptionValues
  readonly target: string
  /** Words for the target where the page knows better ones than the method; null = the method's. */
  readonly targetWords: string | null
  readonly layer: string | null
  readonly baseline: string
  /** The list that the baseline 'files' means. */
  readonly baselineFiles: readonly BaselineFile[]
  readonly seed: number
}

/** What the run was made from; a run keeps it after something else is loaded. */
export interface RunSource {
  readonly image: ImageLayer
  readonly modelName: string
  readonly modelSha256: string
  /** The seed the weights were permuted by; null = the trained model. */
  readonly randomSeed: number | null
  readonly card: ModelCard
  readonly prepared: Prepared
  /** Name of the case, for captions and records; null for files of the user's own. */
  readonly caseTitle: string | null
  /** Which of several models the case has; null where there is one. */
  readonly variant: { readonly number: number; readonly title: string } | null
}

/** The fields of the map are those of the shown input. */
export interface RunResult extends Omit<ImageMap, 'kind' | 'name'> {
  /** One per input of the model. */
  readonly inputs: readonly InputMap[]
  /** Which of them is the map. */
  readonly shownInput: number
  readonly isSigned: boolean
  readonly options: AnyOptionValues
  readonly targetSpec: string
  readonly targetLabel: string
  readonly score: number
  readonly completenessGap: number | null
  /** What the gap is a gap of. */
  readonly gapKind: 'completeness' | 'conservation'
  readonly layer: { readonly name: string; readonly grid: readonly number[] } | null
  readonly provider: ProviderInfo
  readonly elapsedMs: number
  /** A sentence where values of the maps were NaN or infinite and count as 0; null where none was. */
  readonly flaw: string | null
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
  /** Shows the map of another input of the model. */
  showRunInput(id: string, input: number): Promise<void>
  /** Measures again what belongs to the loaded image: after a change of truth or of sign. */
  measureRuns(): Promise<void>
  measureRun(id: string): Promise<void>
}
