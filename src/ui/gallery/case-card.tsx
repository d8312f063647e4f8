/** @file One case as a card: picture, question, known answer; one click opens it. */

import { useEffect, useRef } from 'react'
import type { GalleryCase } from '../../store/case-files.ts'
import { isConcealed } from '../../store/concealed.ts'
import { useApp } from '../use-app.ts'
import { CasePicture } from './case-picture.tsx'

export function CaseCard({
  card: { title, question, answer, picture, subjects },
  isShort = false,
  onOpen,
}: {
  readonly card: GalleryCase
  /** Without the answer, for the strip. */
  readonly isShort?: boolean
  readonly onOpen?: () => void
}) {
  const openCase = useApp((app) => app.openCase)
  const caseId = useApp((app) => app.caseId)
  const isHidden = useApp(isConcealed)
  const isOpen = subjects.some(({ id, twinId }) => id === caseId || twinId === caseId)
  const open = (id: string | null | undefined) => {
    if (id == null) return
    void openCase(id)
    onOpen?.()
  }
  const card = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isOpen && isShort) card.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [isOpen, isShort])
  return (
    <li ref={card} className="case-card" data-open={isOpen} data-short={isShort}>
      <button
        type="button"
        className="case-open"
        aria-current={isOpen ? 'true' : undefined}
        onClick={() => open(subjects[0]?.id)}
      >
        <CasePicture picture={picture} />
        <span className="case-words">
          <strong>{title}</strong>
          <span className="case-question">{question}</span>
          {isShort ? null : (
            <span className="case-answer">
              {isHidden ? 'The answer is hidden while you guess.' : answer}
            </span>
          )}
        </span>
      </button>
      {isShort || subjects.length < 1 ? null : (
        <ul className="case-subjects" aria-label={`Subjects of ${title}`}>
          {subjects.map(({ id, title: name, twinId }) => (
            <li key={id}>
              <button type="button" className="button-link" onClick={() => open(id)}>
                {name}
              </button>
              {twinId === null ? null : (
                <button
                  type="button"
                  className="button-link"
                  aria-label={`${name}: its twin, without the signal`}
                  onClick={() => open(twinId)}
                >
                  its twin
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}
