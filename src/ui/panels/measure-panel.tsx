/** @file The numbers: the map against the truth, each with chance, direction and definition. */

import { findMethod } from '../../core/attribution/methods.ts'
import { type ShownRun, shownRun } from '../../store/active-run.ts'
import type { MapSign } from '../../store/display-state.ts'
import { emDash, formatNumber } from '../../store/format.ts'
import { type MetricRow, metricRows } from '../../store/metric-rows.ts'
import { CurvePlot } from '../charts/curve-plot.tsx'
import { Info } from '../controls/info.tsx'
import { useAppParts } from '../use-app.ts'
import { Panel } from './panel.tsx'

export function MeasurePanel() {
  const shown = useAppParts(shownRun)
  const hasTruth = shown?.measurement?.truth != null
  return (
    <Panel title={hasTruth ? 'Measure against truth' : 'Measure'}>
      {shown ? (
        <>
          {hasTruth ? (
            <Numbers shown={shown} />
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
  const { whole, thresholded } = metricRows(shown)
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
          {whole.map((row) => (
            <MetricLine key={row.metric.id} row={row} />
          ))}
        </tbody>
        <tbody>
          <tr className="metric-group">
            <th scope="rowgroup" colSpan={3}>
              At the threshold, {formatNumber(percentile, 4)} %
            </th>
          </tr>
          {thresholded.map((row) => (
            <MetricLine key={row.metric.id} row={row} />
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

function MetricLine({ row: { metric, score } }: { readonly row: MetricRow }) {
  const unit = metric.unit === '' ? '' : ` ${metric.unit}`
  return (
    <tr data-metric={metric.id}>
      <th scope="row">
        <span className="metric-label">
          {metric.label}
          <AboutMetric row={{ metric, score }} />
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
}

function AboutMetric({ row: { metric, score } }: { readonly row: MetricRow }) {
  const details = score.kind === 'value' ? Object.entries(score.details ?? {}) : []
  return (
    <Info label={`About ${metric.label}`}>
      <h3>{metric.title}</h3>
      <p>{metric.definition}</p>
      <span className="formula">{metric.formula}</span>
      {details.length > 0 ? (
        <p className="small">
          {details.map(([name, value]) => `${name} ${formatNumber(value)}`).join(', ')}
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
}

function Limits({ methodId }: { readonly methodId: string }) {
  return (
    <p className="limits" style={{ marginTop: 10 }}>
      <strong>What this map cannot tell you</strong>
      {findMethod(methodId).limits}
    </p>
  )
}
