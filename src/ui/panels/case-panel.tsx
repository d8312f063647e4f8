/** @file The case that is open: its question, what is known, its subjects, and the way to the next. */

import { ChevronLeft, ChevronRight } from 'lucide-react'
import { isConcealed } from '../../store/concealed.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { Segmented } from '../controls/segmented.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'
import { Panel } from './panel.tsx'

export function CasePanel() {
  const gallery = useApp((app) => app.gallery)
  const caseId = useApp((app) => app.caseId)
  const openCase = useApp((app) => app.openCase)
  const openNeighbour = useApp((app) => app.openNeighbour)
  const openDialog = useApp((app) => app.openDialog)
  const startGuessing = useApp((app) => app.startGuessing)
  const isGuessing = useApp((app) => app.guessing !== null)
  const hasTruth = useApp((app) => app.truth !== null)
  const isHidden = useApp(isConcealed)
  const card = gallery.find(({ id }) => caseId?.startsWith(`${id}/`))
  const subject = card?.subjects.find(({ id, twinId }) => id === caseId || twinId === caseId)
  if (!card || !subject) return null
  const isTwin = subject.twinId === caseId
  return (
    <Panel
      title={`Case: ${card.title}`}
      aside={
        gallery.length < 2 ? null : (
          <span className="layer-actions">
            <IconButton
              icon={ChevronLeft}
              small
              label="Previous case"
              shortcut="P"
              onClick={() => void openNeighbour('previous')}
            />
            <IconButton
              icon={ChevronRight}
              small
              label="Next case"
              shortcut="N"
              onClick={() => void openNeighbour('next')}
            />
          </span>
        )
      }
    >
      <p>{card.question}</p>
      <p className="case-known">
        {isHidden ? 'What is known is hidden while you guess.' : card.answer}
      </p>
      {card.subjects.length > 1 ? (
        <SelectField
          label="Subject"
          inline
          value={subject.id}
          groups={[
            {
              label: null,
              choices: card.subjects.map(({ id, title }) => ({ value: id, label: title })),
            },
          ]}
          onChange={(id) => {
            const chosen = card.subjects.find((one) => one.id === id)
            void openCase((isTwin && chosen?.twinId) || id)
          }}
        />
      ) : null}
      {subject.twinId === null ? null : (
        <div className="field-row">
          <Segmented
            label="The subject, or its twin without the signal"
            value={isTwin ? 'twin' : 'signal'}
            choices={[
              { value: 'signal', label: 'With the signal', name: 'With the signal' },
              { value: 'twin', label: 'Without it', name: 'Twin, without the signal' },
            ]}
            onChange={(which) =>
              void openCase(which === 'twin' ? (subject.twinId ?? subject.id) : subject.id)
            }
          />
        </div>
      )}
      <p className="case-ways">
        <button type="button" className="button-link" onClick={() => openDialog('gallery')}>
          All cases and lessons
        </button>
        {isGuessing ? null : (
          <button
            type="button"
            className="button-link"
            disabled={!hasTruth}
            onClick={startGuessing}
          >
            Guess first
          </button>
        )}
      </p>
    </Panel>
  )
}
