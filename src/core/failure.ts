/** @file What can go wrong, as data: one clear sentence for a person, and a kind for programs. */

export type FailureKind =
  | 'bad-request'
  | 'bad-file'
  | 'shape-mismatch'
  | 'unsupported-operator'
  | 'unsupported-model'
  | 'out-of-memory'
  | 'device-lost'
  | 'cancelled'
  | 'internal'

/**
 * An error whose message is meant for the user: it says what is wrong and what would work.
 * Anything thrown that is not a Failure is a defect of ours and is shown as 'internal'.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  constructor(kind: FailureKind, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.kind = kind
  }
}
