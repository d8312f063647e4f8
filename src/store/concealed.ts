/** @file Whether hidden-truth mode hides the truth now. */

import type { AppState } from './app-state.ts'

/** Whether the truth, and every number that tells it, must not be seen or read. */
export function isConcealed({ guessing }: Pick<AppState, 'guessing'>): boolean {
  return guessing !== null && !guessing.isRevealed
}
