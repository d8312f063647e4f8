/** @file The case that is open: its question, what is known, its subjects and models, and the way on. */

import { ChevronLeft, ChevronRight } from 'lucide-react'
import { entryBeside } from '../../store/case-files.ts'
import { isConcealed } from '../../store/concealed.ts'
import { canGuess } from '../../store/guessable.ts'
import { neutralCaseId } from '../../store/neutral-names.ts'
import { openCard, openEntry } from '../../store/open-entry.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { Segmented } from '../controls/segmented.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'
import { CaseRecord } from './case-record.tsx'
import { Panel } from './panel.tsx'

export function CasePanel() {
  const openNeighbour = useApp((app) => app.openNeighbour)
  const openDialog = useApp((app) => app.openDialog)
  const startGuessing = useApp((app) => app.startGuessing)
  const isGuessing = useApp((app) => app.guessing !== null)
  const isPossible = useApp(canGuess)
  const isHidden = useApp(isConcealed)
  // A lesson comes to the answer itself.
  const isLesson = useApp((app) => app.lesson !== null)
  const hasOthers = useApp((app) => app.gallery.length > 1)
  const card = useApp((app) => openCard(app))
  const number = useApp((app) => {
    const entry = openEntry(app)
    return entry && neutralCaseId(app, entry).split('/')[0]
  })
  if (!card) return null
  return (
    <Panel
      title={`Case: ${isHidden ? number : card.title}`}
      aside={
        hasOthers ? (
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
        ) : null
      }
    >
      {isHidden ? (
        <p className="case-known">What is asked and what is known is hidden while you guess.</p>
      ) : (
        <>
          <p className="case-asked">{card.question}</p>
          {isLesson ? null : <p className="case-known">{card.answer}</p>}
        </>
      )}
      <CaseChoices />
      {isHidden ? null : <CaseRecord />}
      <p className="case-ways">
        <button type="button" className="button-link" onClick={() => openDialog('gallery')}>
          All cases and lessons
        </button>
        {isGuessing ? null : (
          <button
            type="button"
            className="button-link"
            disabled={!isPossible}
            onClick={startGuessing}
          >
            Guess first
          </button>
        )}
      </p>
    </Panel>
  )
}

/** Which subject, under which model, with or without the signal. */
function CaseChoices() {
  const entries = useApp((app) => app.cases)
  const entry = useApp(openEntry)
  const card = useApp((app) => openCard(app))
  const openCase = useApp((app) => app.openCase)
  const isHidden = useApp(isConcealed)
  if (!card || !entry) return null
  const beside = (change: Parameters<typeof entryBeside>[2]) => entryBeside(entries, entry, change)
  const open = (change: Parameters<typeof entryBeside>[2]) => {
    // A subject without a twin or without this model opens as it is.
    const plain = { isTwin: false, modelId: card.models[0]?.id ?? entry.modelId }
    const found = beside(change) ?? beside({ ...plain, ...change })
    if (found) void openCase(found.id)
  }
  const models = card.models.filter(({ id }) => beside({ modelId: id }) !== null)
  return (
    <>
      {card.subjects.length > 1 ? (
        <SelectField
          label="Subject"
          inline
          value={entry.subjectId}
          groups={[
            {
              label: null,
              choices: card.subjects.map(({ subjectId, title }) => ({
                value: subjectId,
                label: title,
              })),
            },
          ]}
          onChange={(subjectId) => open({ subjectId })}
        />
      ) : null}
      {models.length > 1 ? (
        <SelectField
          label="Model"
          value={entry.modelId}
          groups={[
            {
              label: null,
              choices: models.map(({ id, title }, index) => ({
                value: id,
                label: isHidden ? `model ${index + 1}` : title,
              })),
            },
          ]}
          onChange={(modelId) => open({ modelId })}
        />
      ) : null}
      {beside({ isTwin: !entry.isTwin }) === null ? null : (
        <div className="field-row">
          <Segmented
            label="The subject, or its twin without the signal"
            value={entry.isTwin ? 'twin' : 'signal'}
            choices={[
              { value: 'signal', label: 'With the signal', name: 'With the signal' },
              { value: 'twin', label: 'Without it', name: 'Twin, without the signal' },
            ]}
            onChange={(which) => open({ isTwin: which === 'twin' })}
          />
        </div>
      )}
    </>
  )
}
