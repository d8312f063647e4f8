/** @file What went wrong, in words for a person and in details for a report. */

import { Failure, type FailureKind } from '../core/failure.ts'

export interface DescribedError {
  readonly kind: FailureKind
  readonly text: string
  readonly details: string
}

/** The sentence of a Failure; a general one, with the message in the details, for a defect of ours. */
export function describeError(error: unknown, doing: string): DescribedError {
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (error instanceof Failure && error.kind !== 'internal') {
    return { kind: error.kind, text: asSentence(error.message), details }
  }
  if (isAbort(error)) return { kind: 'cancelled', text: 'Cancelled.', details }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'internal', text: `${doing} failed: ${asSentence(message)}`, details }
}

export function isAbort(error: unknown): boolean {
  if (error instanceof Failure) return error.kind === 'cancelled'
  return error instanceof Error && error.name === 'AbortError'
}

/** Capital letter first, except in file names and identifiers; full stop last. */
export function asSentence(message: string): string {
  const text = message.trim()
  const isWord = /^[a-z][a-z-]*[ ,:]/.test(text)
  const start = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.?]$/.test(start) ? start : `${start}.`
}
