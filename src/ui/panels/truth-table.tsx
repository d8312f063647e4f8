/** @file Shares of maps inside known truths: a bar with its interval and chance, and the number. */

import type { ReactNode } from 'react'
import { formatPercent } from '../../store/format.ts'
import type { Interval } from '../../store/known-truths.ts'
import { enrichmentInWords, type TruthRow, wideningInWords } from '../../store/truth-record.ts'

export function TruthTable({
  heading,
  rows,
  name,
  isCompact = false,
}: {
  /** Of the first column. */
  readonly heading: string
  readonly rows: readonly TruthRow[]
  /** In place of a row's label: a button, say. */
  readonly name?: (row: TruthRow) => ReactNode
  /** Without the lines that compare with chance and with the best possible. */
  readonly isCompact?: boolean
}) {
  return (
    <table className="truth-table">
      <thead className="visually-hidden">
        <tr>
          <th scope="col">{heading}</th>
          <th scope="col">Mass in truth, with its 95 % interval</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} data-outcome={row.outcome}>
            <th scope="row">
              {name ? name(row) : row.label}
              <Bar mass={row.score.mass} chance={row.task.chance} ceiling={row.task.ceiling} />
            </th>
            <td>
              {formatPercent(row.score.mass.mean)}{' '}
              <span className="faint">
                [{inPercent(row.score.mass.low)}, {inPercent(row.score.mass.high)}]
              </span>
              {isCompact ? null : (
                <span className="truth-times">
                  {enrichmentInWords(row)}, best possible {formatPercent(row.task.ceiling)}
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Without the sign, which stands beside it. */
function inPercent(share: number): string {
  return formatPercent(share).replace(' %', '')
}

/** From nothing to the whole map; ticks are chance and what the exact causal map has. */
function Bar({
  mass,
  chance,
  ceiling,
}: {
  readonly mass: Interval
  readonly chance: number
  readonly ceiling: number
}) {
  const at = (share: number) => `${(100 * share).toFixed(2)}%`
  return (
    <span className="truth-bar" aria-hidden>
      <span className="truth-bar-mean" style={{ width: at(mass.mean) }} />
      <span
        className="truth-bar-interval"
        style={{ left: at(mass.low), width: at(mass.high - mass.low) }}
      />
      <span className="truth-bar-chance" style={{ left: at(chance) }} />
      <span className="truth-bar-ceiling" style={{ left: at(ceiling) }} />
    </span>
  )
}

/** What the numbers are and where they come from: asked for, not in the way. */
export function AboutTruthNumbers({
  cases,
  date,
  rows,
}: {
  readonly cases: string
  readonly date: string
  /** Whose masks are described. */
  readonly rows: readonly TruthRow[]
}) {
  const tasks = [...new Set(rows.map(({ task }) => task))]
  return (
    <details className="truth-about">
      <summary>What these numbers are</summary>
      <p>
        <strong>Mass in truth</strong>: the share of the map that lies inside the known region,
        after the map is smoothed inside the body and cut below its 99th percentile;{' '}
        {wideningInWords(tasks)}. In brackets the 95 % bootstrap interval of the mean over {cases}{' '}
        held-out cases per task. The dark tick on the bar is <strong>chance</strong>, what a map
        without knowledge would have; the hollow one is the <strong>best possible</strong>: what the
        exact causal map, the subject less its twin, has. Where the truth is smaller than the 1 %
        that is kept, that is far from 100 %.
      </p>
      <p>
        Measured on {date} with this page’s methods and the shipped models, by{' '}
        <code>npm run truth</code>; all tables are in <code>docs/truth.md</code> of the project.
      </p>
    </details>
  )
}
