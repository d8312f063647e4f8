/** @file One case as a card: picture, question, known answer; one click opens it. */

import { useEffect, useRef } from 'react'
import type { GalleryCase } from '../../store/case-files.ts'
import { isConcealed } from '../../store/concealed.ts'
import { openEntry } from '../../store/open-entry.ts'
import { shortAnswer } from '../../store/short-answer.ts'
import { useApp } from '../use-app.ts'
import { CasePicture } from './case-picture.tsx'

export function CaseCard({
  card,
  isShort = false,
  onOpen,
}: {
  readonly card: GalleryCase
  /** For the strip: the answer in one breath, and no other subjects. */
  readonly isShort?: boolean
  readonly onOpen?: () => void
}) {
  const { id, title, question, answer, picture, subjects } = card
  const openCase = useApp((app) => app.openCase)
  const isOpen = useApp((app) => openEntry(app)?.caseId === id)
  const number = useApp((app) => app.gallery.indexOf(card) + 1)
  const isHidden = useApp(isConcealed)
  const open = (subject: string | undefined) => {
    if (subject === undefined) return
    void openCase(subject)
    onOpen?.()
  }
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isOpen && isShort) item.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [isOpen, isShort])
  const name = isHidden ? `Case ${number}` : title
  return (
    <li ref={item} className="case-card" data-open={isOpen} data-short={isShort}>
      <button
        type="button"
        className="case-open"
        aria-current={isOpen ? 'true' : undefined}
        onClick={() => open(subjects[0]?.id)}
      >
        <CasePicture picture={picture} />
        <span className="case-words">
          <strong>{name}</strong>
          {isHidden ? (
            <span className="case-question">What it is about is hidden while you guess.</span>
          ) : (
            <>
              <span className="case-question">{question}</span>
              <span className="case-answer">{isShort ? shortAnswer(answer) : answer}</span>
            </>
          )}
        </span>
      </button>
      {isShort ? null : <CaseMore card={card} name={name} isHidden={isHidden} onOpen={open} />}
    </li>
  )
}

/** The other subjects, and how many models there are. */
function CaseMore({
  card: { subjects, models },
  name,
  isHidden,
  onOpen,
}: {
  readonly card: GalleryCase
  readonly name: string
  readonly isHidden: boolean
  readonly onOpen: (subject: string) => void
}) {
  return (
    <div className="case-more">
      {subjects.length < 2 ? null : (
        <ul className="case-subjects" aria-label={`Subjects of ${name}`}>
          {subjects.map(({ id, title }, index) => (
            <li key={id}>
              <button
                type="button"
                className="button-link"
                aria-label={`${name}, ${isHidden ? `Subject ${index + 1}` : title}`}
                onClick={() => onOpen(id)}
              >
                {index === 0 ? `Subject ${index + 1}` : index + 1}
              </button>
            </li>
          ))}
        </ul>
      )}
      {models.length < 2 ? null : <span className="faint">{models.length} models</span>}
    </div>
  )
}
