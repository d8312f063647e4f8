/** @file The one list of lessons, in the order in which they are offered. */

import type { AppState } from '../app-state.ts'
import type { GalleryCase } from '../case-files.ts'
import { aMapThatIgnoresTheModel } from './a-map-that-ignores-the-model.ts'
import type { Lesson } from './lesson.ts'
import { theShortcut } from './the-shortcut.ts'
import { whyGradCamMissesIt } from './why-grad-cam-misses-it.ts'

const lessons: readonly Lesson[] = [whyGradCamMissesIt, aMapThatIgnoresTheModel, theShortcut]

/** Those whose case is in the gallery. */
export function offeredLessons(gallery: readonly GalleryCase[]): readonly Lesson[] {
  return lessons.filter(({ findCase }) => findCase(gallery) !== null)
}

/** Whether the step on the way would be spoilt by a map or an outline that shows for a moment. */
export function isLessonBlind({ lesson }: Pick<AppState, 'lesson'>): boolean {
  if (lesson?.state.kind !== 'working') return false
  return findLesson(lesson.id)?.steps[lesson.step]?.isBlind ?? false
}

export function findLesson(id: string): Lesson | null {
  return lessons.find((lesson) => lesson.id === id) ?? null
}
