/** @file Where the evidence can be guessed: a network that knows nothing has none. */

import type { AppState } from './app-state.ts'
import type { GalleryCase } from './case-files.ts'
import { openCard } from './open-entry.ts'

/** Not of a control: its mask is only where another model would have found something. */
export function isGuessable({ tags }: GalleryCase): boolean {
  return !tags.includes('control')
}

/** Whether hidden-truth mode has something to hide of what is open. */
export function canGuess(app: AppState): boolean {
  const card = openCard(app)
  return app.truth !== null && (card === null || isGuessable(card))
}
