/** @file In the case's panel: which methods find the truth of this task, best first. */

import { useMemo } from 'react'
import { formatPercent } from '../../store/format.ts'
import type { TruthTask } from '../../store/known-truths.ts'
import { openCard, openEntry } from '../../store/open-entry.ts'
import { recordOfCase } from '../../store/truth-record.ts'
import { Disclosure } from '../controls/disclosure.tsx'
import { useApp } from '../use-app.ts'
import { AboutTruthNumbers, TruthTable } from './truth-table.tsx'

/** Closed at first; a click on a method chooses it. */
export function CaseRecord() {
  const truths = useApp((app) => app.knownTruths)
  const entry = useApp(openEntry)
  const card = useApp((app) => openCard(app))
  const chooseMethod = useApp((app) => app.chooseMethod)
  const methodId = useApp((app) => app.methodId)
  const record = useMemo(() => {
    if (truths === null || entry === null || card === null) return null
    const isOwn = card.models[0]?.id === entry.modelId
    return recordOfCase(truths, entry.caseId, entry.modelId, isOwn)
  }, [truths, entry, card])
  if (truths === null || record === null) return null
  const { task, rows, cases } = record
  return (
    <Disclosure label={`How ${rows.length} methods did here`}>
      <p className="small soft">{about(task, cases)}</p>
      <TruthTable
        heading="Method"
        isCompact
        rows={rows}
        name={({ key, label }) => (
          <button
            type="button"
            className="button-link"
            aria-pressed={key === methodId}
            onClick={() => chooseMethod(key)}
          >
            {label}
          </button>
        )}
      />
      <AboutTruthNumbers cases={cases} date={truths.date} rows={rows} />
    </Disclosure>
  )
}

function about({ knows, chance, ceiling }: TruthTask, cases: string): string {
  const level = formatPercent(chance)
  if (knows === 'nothing') {
    return `This model knows nothing: good methods stay at or below chance, ${level}.`
  }
  return knows === 'another signal'
    ? `This model never saw the mark: good methods leave it alone and stay below chance, ${level}.`
    : `Share of the map in the truth on ${cases} held-out subjects: chance ${level}, best possible ${formatPercent(ceiling)}.`
}
