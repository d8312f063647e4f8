/** @file The numbers: the map against the truth, each with chance, direction and definition. */

import { memo } from 'react'
import { findMethod } from '../../core/attribution/methods.ts'
import type { AnyMetric, Score } from '../../core/metrics/metric.ts'
import { type ShownRun, shownRun } from '../../store/active-run.ts'
import { isConcealed } from '../../store/concealed.ts'
import type { MapSign } from '../../store/display-state.ts'
import { emDash, formatNumber } from '../../store/format.ts'
import { type MetricRow, thresholdRows, wholeRows } from '../../store/metric-rows.ts'
import { CurvePlot } from '../charts/curve-plot.tsx'
import { Info } from '../controls/info.tsx'
import { useApp, useAppParts } from '../use-app.ts'
import { Panel } from './panel.tsx'
import { ResultFacts } from './result-facts.tsx'

export function MeasurePanel() {
  const shown = useAppParts(shownRun)
  const isHidden = useApp(isConcealed)
  const hasTruth = !isHidden && shown?.measurement?.truth != null
  return (
    <Panel title={hasTruth ? 'Measure against truth' : 'Measure'}>
      {shown ? (
        <>
          <ResultFacts shown={shown} />
          {hasTruth ? (
            <Numbers shown={shown} />
          ) : isHidden ? (
            <p className="empty">The scores come back when the truth is revealed.</p>
          ) : shown.measurement === null ? (
            <p className="empty">Measuring…</p>
          ) : (
            <p className="empty">Add a truth mask to measure how well the map finds it.</p>
          )}
          <Limits methodId={shown.run.request.methodId} />
        </>
      ) : (
        <p className="empty">Numbers appear with the first map.</p>
      )}
    </Panel>
  )
}

function Numbers({ shown }: { readonly shown: ShownRun }) {
  const { percentile, sign } = shown.run.display
  return (
    <>
      <table className="metric-table">
        <thead>
          <tr>
            <th scope="col">{wordsForSign(shown.result.isSigned, sign)}</th>
            <th scope="col">Value</th>
            <th scope="col">Chance</th>
          </tr>
        </thead>
        <tbody>
          {wholeRows(shown).map(({ metric, score }) => (
            <MetricLine key={metric.id} metric={metric} score={score} />
          ))}
        </tbody>
        <tbody>
          <tr className="metric-group">
            <th scope="rowgroup" colSpan={3}>
              At the threshold, {formatNumber(percentile, 4)} %
            </th>
          </tr>
          {thresholdRows(shown).map(({ metric, score }) => (
            <MetricLine key={metric.id} metric={metric} score={score} />
          ))}
        </tbody>
      </table>
      <CurvePlot shown={shown} />
    </>
  )
}

function wordsForSign(isSigned: boolean, sign: MapSign): string {
  if (sign === 'positive') return 'Whole map, positive part'
  return isSigned ? 'Whole map, magnitude' : 'Whole map'
}

/** Memoised, as all here: the threshold changes four numbers at every frame, not the page. */
const MetricLine = memo(function MetricLine({ metric, score }: MetricRow) {
  const unit = metric.unit === '' ? '' : ` ${metric.unit}`
  return (
    <tr data-metric={metric.id}>
      <th scope="row">
        <span className="metric-label">
          {metric.label}
          <AboutMetric metric={metric} {...detailsOf(score)} />
        </span>
      </th>
      {score.kind === 'value' ? (
        <>
          <td>
            <span className="metric-value">{formatNumber(score.value)}</span>
            {unit}
            <span className="metric-direction" title={`${metric.better} is better`}>
              <span aria-hidden>{metric.better === 'higher' ? '↑' : '↓'}</span>
              <span className="visually-hidden">, {metric.better} is better</span>
            </span>
          </td>
          <td className="metric-chance">
            {score.chance === undefined ? '' : formatNumber(score.chance)}
          </td>
        </>
      ) : (
        <td colSpan={2} className="metric-missing">
          {emDash} {score.reason}
        </td>
      )}
    </tr>
  )
})

function detailsOf(score: Score): { readonly details?: Readonly<Record<string, number>> } {
  return score.kind === 'value' && score.details ? { details: score.details } : {}
}

const AboutMetric = memo(function AboutMetric({
  metric,
  details = noDetails,
}: {
  readonly metric: AnyMetric
  readonly details?: Readonly<Record<string, number>>
}) {
  const companions = Object.entries(details)
  return (
    <Info label={`About ${metric.label}`}>
      <h3>{metric.title}</h3>
      <p>{metric.definition}</p>
      <span className="formula">{metric.formula}</span>
      {companions.length > 0 ? (
        <p className="small">
          {companions.map(([name, value]) => `${name} ${formatNumber(value)}`).join(', ')}
        </p>
      ) : null}
      <p className="small faint">{metric.better === 'higher' ? 'Higher' : 'Lower'} is better.</p>
      <p className="small">
        <a href={metric.citation.url} target="_blank" rel="noreferrer">
          {metric.citation.text}
        </a>
      </p>
    </Info>
  )
})

const noDetails = {} as const

function Limits({ methodId }: { readonly methodId: string }) {
  return (
    <p className="limits" style={{ marginTop: 10 }}>
      <strong>What this map cannot tell you</strong>
      {findMethod(methodId).limits}
    </p>
  )
}
