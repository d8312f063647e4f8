/** @file The messages that cross the worker boundary. Every one is plain, cloneable data. */

import type { Progress } from '../core/attribution/method.ts'
import type { FailureKind } from '../core/failure.ts'

/** The calls a worker answers: method name to [request, reply]. */
export type Api = Readonly<Record<string, readonly [request: unknown, reply: unknown]>>

/** Progress as the caller sees it; `remainingMs` is null until it can be told. */
export interface CallProgress extends Progress {
  readonly elapsedMs: number
  readonly remainingMs: number | null
}

/** What a caller may hold over a running call. */
export interface CallControl {
  readonly signal: AbortSignal
  readonly onProgress: (progress: CallProgress) => void
}

export interface WireFailure {
  readonly kind: FailureKind
  readonly message: string
  readonly stack?: string
}

export type ToWorker =
  | {
      readonly kind: 'call'
      readonly id: number
      readonly method: string
      readonly request: unknown
    }
  | { readonly kind: 'cancel'; readonly id: number }

export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: CallProgress }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: WireFailure }
