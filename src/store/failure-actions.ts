/** @file The way on that belongs to a failure. */

import { findMethod } from '../core/attribution/methods.ts'
import type { FailureKind } from '../core/failure.ts'
import type { NoticeAction } from './notice-slice.ts'

/** Methods that need forward runs only, cheapest first; they work with any operator. */
const forwardOnly = ['occlusion']

/** What the page offers beside the sentence. */
export function failureActions(kind: FailureKind, methodId: string): readonly NoticeAction[] {
  switch (kind) {
    case 'unsupported-operator':
      return forwardOnly
        .filter((id) => id !== methodId)
        .map((id) => ({ kind: 'use-method', methodId: id, label: `Use ${findMethod(id).label}` }))
    case 'shape-mismatch':
      return [{ kind: 'edit-card', label: 'Edit the model card' }]
    case 'bad-file':
    case 'bad-request':
    case 'cancelled':
    case 'device-lost':
    case 'internal':
    case 'out-of-memory':
    case 'unsupported-model':
      return []
  }
}
