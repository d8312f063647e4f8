/** @file The cases under the header: what a newcomer meets, beside the one that is open already. */

import { X } from 'lucide-react'
import { useMemo } from 'react'
import { offeredLessons } from '../../store/lessons/lessons.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { useApp } from '../use-app.ts'
import { CaseCard } from './case-card.tsx'

export function CaseStrip() {
  const gallery = useApp((app) => app.gallery)
  const isShown = useApp((app) => app.casesShown)
  const setShown = useApp((app) => app.setCasesShown)
  const startLesson = useApp((app) => app.startLesson)
  const lessons = useMemo(() => offeredLessons(gallery), [gallery])
  // With nothing open, the stage holds the gallery.
  const isEmpty = useApp((app) => app.images.length === 0 && !app.isOpening)
  if (!isShown || isEmpty || gallery.length === 0) return null
  return (
    <nav className="guide case-strip" aria-label="Cases">
      <div className="strip-head">
        <p className="strip-words">
          <strong>Cases with a known answer</strong>
          <span>Does the map show what the model must be looking at?</span>
        </p>
        {lessons.length === 0 ? null : (
          <div className="strip-lessons">
            <strong>Lessons</strong>
            <ul aria-label="Lessons">
              {lessons.map(({ id, title }) => (
                <li key={id}>
                  <button
                    type="button"
                    className="button-link"
                    onClick={() => void startLesson(id)}
                  >
                    {title}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <IconButton icon={X} label="Hide the cases" small onClick={() => setShown(false)} />
      </div>
      <ul className="strip-cases" aria-label="Cases">
        {gallery.map((card) => (
          <CaseCard key={card.id} card={card} isShort />
        ))}
      </ul>
    </nav>
  )
}
