/** @file What a guided lesson is: five steps that drive the page and say what to look at. */

import type { AnyOptionValues } from '../../core/options.ts'
import type { AppState } from '../app-state.ts'
import type { GalleryCase } from '../case-files.ts'
import type { DisplaySettings } from '../display-state.ts'

export interface Lesson {
  readonly id: string
  readonly title: string
  /** What one will know afterwards, in a sentence. */
  readonly summary: string
  /** The case it is about; null where the gallery has none, and the lesson is not offered. */
  readonly findCase: (gallery: readonly GalleryCase[]) => GalleryCase | null
  readonly steps: readonly LessonStep[]
}

export interface LessonStep {
  readonly title: string
  /** Map and outline must not be seen even while the page gets there. */
  readonly isBlind?: true
  /** Brings the page to where the step wants it, from wherever it is. */
  readonly act: (page: LessonPage) => Promise<void>
  /** Two plain sentences; their numbers are read from the page as it is now. */
  readonly say: (app: AppState) => string
}

/** What a step may do: what the user's own clicks do. Every action rejects once the step was left. */
export interface LessonPage {
  /** Opens the lesson's subject, its twin, or itself under the case's second model, unless it is open. */
  open(which?: 'other-model' | 'subject' | 'twin'): Promise<void>
  /** Permutes the weights by a seed; null = as trained. */
  weights(seed: number | null): Promise<void>
  /** Chooses the method, runs it unless this very map is there already, and shows and measures it. */
  map(methodId: string, options?: AnyOptionValues): Promise<void>
  /** Display settings of the map on screen. */
  show(display: Partial<DisplaySettings>): void
  truth(visible: boolean): void
  /** The crosshair to the middle of the truth, or to the map's maximum. */
  lookAt(place: 'maximum' | 'truth'): void
}
