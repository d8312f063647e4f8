/** @file The lessons that can be taken with the cases there are. */

import { GraduationCap } from 'lucide-react'
import { useMemo } from 'react'
import { offeredLessons } from '../../store/lessons/lessons.ts'
import { useApp } from '../use-app.ts'

export function LessonList() {
  const gallery = useApp((app) => app.gallery)
  const startLesson = useApp((app) => app.startLesson)
  const lessons = useMemo(() => offeredLessons(gallery), [gallery])
  if (lessons.length === 0) return null
  return (
    <section className="lessons" aria-label="Lessons">
      <h3 className="gallery-title">
        Lessons <span>Five steps each, on the page itself; leave whenever you like.</span>
      </h3>
      <ul className="lesson-list" aria-label="Lessons">
        {lessons.map(({ id, title, summary }) => (
          <li key={id}>
            <button type="button" className="lesson-open" onClick={() => void startLesson(id)}>
              <GraduationCap size={17} aria-hidden />
              <span>
                <strong>{title}</strong>
                <span className="case-question">{summary}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
