/** @file On a method's card: how it did on the tasks whose truth is known. */

import { useMemo } from 'react'
import { isConcealed } from '../../store/concealed.ts'
import { recordOfMethod } from '../../store/truth-record.ts'
import { useApp } from '../use-app.ts'
import { AboutTruthNumbers, TruthTable } from './truth-table.tsx'

/** Nothing where nothing was measured; task names tell too much while the truth is hidden. */
export function MethodRecord({ methodId }: { readonly methodId: string }) {
  const truths = useApp((app) => app.knownTruths)
  const isHidden = useApp(isConcealed)
  const record = useMemo(
    () => (truths === null ? null : recordOfMethod(truths, methodId)),
    [truths, methodId],
  )
  if (record === null || isHidden) return null
  return (
    <section className="truth-record" aria-label="On known truths">
      <p>
        <strong>On known truths.</strong> {record.verdict}
      </p>
      <TruthTable heading="Task" rows={record.rows} />
      {record.controls.length > 0 ? (
        <>
          <p className="small faint">Models that know nothing: at or below chance is right</p>
          <TruthTable heading="Control" rows={record.controls} />
        </>
      ) : null}
      {record.strangers.length > 0 ? (
        <>
          <p className="small faint">A model that never saw the mark: below chance is right</p>
          <TruthTable heading="Control" rows={record.strangers} />
        </>
      ) : null}
      <AboutTruthNumbers
        cases={record.cases}
        date={record.date}
        rows={[...record.rows, ...record.controls, ...record.strangers]}
      />
    </section>
  )
}
