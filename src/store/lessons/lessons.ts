/** @file The one list of lessons, in the order in which they are offered. */

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

export function findLesson(id: string): Lesson | null {
  return lessons.find((lesson) => lesson.id === id) ?? null
}
