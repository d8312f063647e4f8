/** @file The guided lesson that is on: which step, and whether the page is there yet. */

import type { AppState, Slice } from './app-state.ts'
import { entryBeside } from './case-files.ts'
import { describeError } from './describe-error.ts'
import { createLessonPage, type LessonSubjects } from './lessons/lesson-page.ts'
import { findLesson } from './lessons/lessons.ts'

export type StepState =
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'working' }

export interface LessonSlice {
  /** null = none is on. */
  readonly lesson: { readonly id: string; readonly step: number; readonly state: StepState } | null
  startLesson(id: string): Promise<void>
  /** Leaves the present step, whatever it is doing, for another one. */
  goToStep(step: number): Promise<void>
  /** Ends the lesson where it is; trained weights, the outline and the options come back. */
  leaveLesson(): void
}

export const createLessonSlice = (): Slice<LessonSlice> => (set, get) => {
  let current = new AbortController()
  /** The user's own options, which steps may overwrite. */
  let before: Pick<AppState, 'baseline' | 'layer' | 'optionsByMethod'> | null = null

  const setState = (state: StepState) => {
    const { lesson } = get()
    if (lesson) set({ lesson: { ...lesson, state } })
  }

  return {
    lesson: null,
    async startLesson(id) {
      if (!findLesson(id)) return
      const { guessing, optionsByMethod, baseline, layer } = get()
      if (guessing) get().stopGuessing()
      before ??= { optionsByMethod, baseline, layer }
      set({ lesson: { id, step: 0, state: { kind: 'working' } }, dialog: 'none' })
      await get().goToStep(0)
    },
    async goToStep(step) {
      const found = get().lesson
      const lesson = found && findLesson(found.id)
      const wanted = lesson?.steps[step]
      const { cases, gallery } = get()
      const subjects = subjectsOf(cases, lesson?.findCase(gallery) ?? null)
      if (!found || !wanted || !subjects) return
      current.abort()
      current = new AbortController()
      const { signal } = current
      set({ lesson: { id: found.id, step, state: { kind: 'working' } } })
      try {
        await wanted.act(createLessonPage(get, subjects, signal))
        if (signal.aborted) return
        setState({ kind: 'ready' })
        get().announce(wanted.say(get()))
      } catch (error) {
        if (signal.aborted) return
        const { kind, text } = describeError(error, 'This step')
        setState({ kind: 'failed', reason: kind === 'cancelled' ? 'The run was cancelled.' : text })
      }
    },
    leaveLesson() {
      const { lesson, model } = get()
      if (!lesson) return
      current.abort()
      set({ lesson: null, truthVisible: true, ...before })
      before = null
      get().announce('The lesson was left.')
      if (model?.randomSeed != null) void get().setRandomSeed(null)
    },
  }
}

/** The first subject of a case, its twin, and itself under the case's second model. */
function subjectsOf(
  cases: AppState['cases'],
  found: AppState['gallery'][number] | null,
): LessonSubjects | null {
  const subject = cases.find(({ id }) => id === found?.subjects[0]?.id)
  if (!subject) return null
  const [, other] = found?.models ?? []
  return {
    subject,
    twin: entryBeside(cases, subject, { isTwin: true }),
    'other-model': other ? entryBeside(cases, subject, { modelId: other.id }) : null,
  }
}
