/** @file The step of a lesson: what the page now shows, in two sentences, and the way on. */

import { ChevronLeft, ChevronRight, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { findLesson } from '../../store/lessons/lessons.ts'
import { useApp } from '../use-app.ts'

export function LessonBar() {
  const progress = useApp((app) => app.lesson)
  const goToStep = useApp((app) => app.goToStep)
  const leave = useApp((app) => app.leaveLesson)
  const words = useApp((app) =>
    app.lesson?.state.kind === 'ready'
      ? (findLesson(app.lesson.id)?.steps[app.lesson.step]?.say(app) ?? '')
      : '',
  )
  const doing = useApp((app) => {
    if (app.loading) return `Loading ${app.loading}…`
    const running = app.runs.find(({ state }) => state.kind === 'running')
    const stage = running?.state.kind === 'running' ? running.state.progress?.stage : undefined
    return stage ? `The page is working: ${stage}…` : 'The page is working…'
  })
  const heading = useRef<HTMLHeadingElement>(null)
  const opener = useRef<Element | null>(null)
  const step = progress?.step ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus follows the step
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [step])
  useEffect(() => {
    opener.current = document.querySelector('[data-opens="gallery"]')
    return () => {
      const { current } = opener
      // Nothing else has taken the focus: it goes where lessons are started.
      if (document.activeElement === document.body && current instanceof HTMLElement)
        current.focus()
    }
  }, [])
  const lesson = progress && findLesson(progress.id)
  if (!progress || !lesson) return null
  const { state } = progress
  const last = lesson.steps.length - 1
  return (
    <section
      className="guide lesson-bar"
      aria-label={`Lesson: ${lesson.title}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        leave()
      }}
    >
      <div className="lesson-words">
        <p className="lesson-place">
          {lesson.title}, step {step + 1} of {lesson.steps.length}
        </p>
        <h2 ref={heading} tabIndex={-1}>
          {lesson.steps[step]?.title}
        </h2>
        {state.kind === 'ready' ? (
          <p>{words}</p>
        ) : state.kind === 'failed' ? (
          <p className="field-error">
            {state.reason}{' '}
            <button type="button" className="button-link" onClick={() => void goToStep(step)}>
              Try again
            </button>
          </p>
        ) : (
          <p className="faint">{doing}</p>
        )}
      </div>
      <div className="lesson-ways">
        <button
          type="button"
          className="button"
          disabled={step === 0}
          onClick={() => void goToStep(step - 1)}
        >
          <ChevronLeft size={15} aria-hidden />
          Back
        </button>
        {step < last ? (
          <button
            type="button"
            className="button button-primary"
            onClick={() => void goToStep(step + 1)}
          >
            {state.kind === 'working' ? 'Skip' : 'Next'}
            <ChevronRight size={15} aria-hidden />
          </button>
        ) : (
          <button type="button" className="button button-primary" onClick={leave}>
            Finish
          </button>
        )}
        <button type="button" className="icon-button" aria-label="Leave the lesson" onClick={leave}>
          <X size={16} aria-hidden />
        </button>
      </div>
    </section>
  )
}
