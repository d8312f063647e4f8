/** @file What lies between header and work: a lesson, the guesses, or the cases. */

import { CaseStrip } from '../gallery/case-strip.tsx'
import { useApp } from '../use-app.ts'
import { GuessBar } from './guess-bar.tsx'
import { LessonBar } from './lesson-bar.tsx'

export function Guide() {
  const isLesson = useApp((app) => app.lesson !== null)
  const isGuessing = useApp((app) => app.guessing !== null)
  if (isLesson) return <LessonBar />
  return isGuessing ? <GuessBar /> : <CaseStrip />
}
