import { Failure, type FailureKind } from '../core/failure.ts'
import type { WireFailure } from './protocol.ts'

/** Anything thrown, as data. What is not a Failure is a defect of ours, unless memory ran out. */
export function toWireFailure(error: unknown): WireFailure {
  if (!(error instanceof Error)) return { kind: 'internal', message: String(error) }
  const { message, stack } = error
  const kind = error instanceof Failure ? error.kind : kindOf(error)
  const said = kind === 'cancelled' ? 'The run was cancelled.' : message
  return stack === undefined ? { kind, message: said } : { kind, message: said, stack }
}

/** The same Failure on the caller's side; the worker's stack is its cause. */
export function fromWireFailure({ kind, message, stack }: WireFailure): Failure {
  return new Failure(kind, message, stack === undefined ? {} : { cause: stack })
}

function kindOf(error: Error): FailureKind {
  if (error.name === 'AbortError') return 'cancelled'
  return isOutOfMemory(error.message) ? 'out-of-memory' : 'internal'
}

/** What engines say when an allocation fails; they have no common error type. */
export function isOutOfMemory(message: string): boolean {
  return /out of memory|allocation failed|invalid (typed )?array length|bad_?alloc/i.test(message)
}
