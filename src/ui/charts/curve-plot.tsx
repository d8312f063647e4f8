/** @file ROC, precision-recall or Dice over the threshold, with a mark where the threshold is. */

import { useMemo, useState } from 'react'
import { precisionRecallCurve, rocCurve } from '../../core/metrics/localisation-curves.ts'
import {
  atThreshold,
  type LocalisationTable,
  valueAtPercentile,
} from '../../core/metrics/localisation-table.ts'
import { type ShownRun, thresholdOf } from '../../store/active-run.ts'
import { formatNumber } from '../../store/format.ts'
import { Segmented } from '../controls/segmented.tsx'

type Kind = 'dice' | 'precision-recall' | 'roc'

interface Plot {
  /** The line, in the units of the drawing. */
  readonly path: string
  readonly mark: readonly [number, number] | null
  readonly xLabel: string
  readonly yLabel: string
  /** Ends of the x axis. */
  readonly ends: readonly [string, string]
}

const width = 276
const height = 132
const left = 26
const right = 8
const top = 8
const bottom = 26

const px = (x: number) => left + x * (width - left - right)
const py = (y: number) => height - bottom - y * (height - top - bottom)

function pathOf(x: readonly number[], y: readonly number[]): string {
  return x
    .map(
      (at, index) =>
        `${index === 0 ? 'M' : 'L'}${px(at).toFixed(1)} ${py(y[index] ?? 0).toFixed(1)}`,
    )
    .join('')
}

/** Dice is drawn over the upper tail of the percentiles, where thresholds are chosen. */
const lowestPercentile = 80

export function CurvePlot({ shown }: { readonly shown: ShownRun }) {
  const [kind, setKind] = useState<Kind>('dice')
  const table = shown.measurement?.table
  const line = useMemo(() => (table ? makeLine(table, kind) : null), [table, kind])
  if (!table || !line) return null
  const threshold = thresholdOf(shown)
  const plot = { ...line, mark: markAt(table, kind, threshold, shown.run.display.percentile) }
  return (
    <figure className="curve">
      <Segmented
        label="Curve"
        value={kind}
        choices={[
          { value: 'dice', label: 'Dice' },
          { value: 'roc', label: 'ROC' },
          { value: 'precision-recall', label: 'PR' },
        ]}
        onChange={setKind}
      />
      <Drawing plot={plot} />
      <figcaption>
        {plot.yLabel} {plot.mark ? formatNumber(plot.mark[1]) : 'unknown'} at the threshold
      </figcaption>
    </figure>
  )
}

function Drawing({ plot }: { readonly plot: Plot }) {
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${plot.yLabel} over ${plot.xLabel}`}
      style={{ marginTop: 6 }}
    >
      {[0, 0.5, 1].map((y) => (
        <g key={y}>
          <line x1={left} x2={width - right} y1={py(y)} y2={py(y)} stroke="var(--line)" />
          <text x={left - 5} y={py(y) + 3.5} textAnchor="end" fontSize="10" fill="var(--ink-faint)">
            {y}
          </text>
        </g>
      ))}
      <path
        d={plot.path}
        fill="none"
        stroke="var(--ink-soft)"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      {plot.mark ? (
        <>
          <line
            x1={px(plot.mark[0])}
            x2={px(plot.mark[0])}
            y1={py(0)}
            y2={py(1)}
            stroke="var(--accent)"
            strokeDasharray="3 3"
          />
          <circle cx={px(plot.mark[0])} cy={py(plot.mark[1])} r="3.5" fill="var(--accent)" />
        </>
      ) : null}
      <text x={left} y={height - 12} fontSize="10" fill="var(--ink-faint)">
        {plot.ends[0]}
      </text>
      <text
        x={(left + width - right) / 2}
        y={height - 2}
        textAnchor="middle"
        fontSize="10"
        fill="var(--ink-faint)"
      >
        {plot.xLabel}
      </text>
      <text
        x={width - right}
        y={height - 12}
        textAnchor="end"
        fontSize="10"
        fill="var(--ink-faint)"
      >
        {plot.ends[1]}
      </text>
    </svg>
  )
}

function makeLine(table: LocalisationTable, kind: Kind): Omit<Plot, 'mark'> | null {
  switch (kind) {
    case 'dice': {
      if (table.hits === null || table.truthVoxels === 0) return null
      const x = Array.from({ length: 161 }, (_, at) => at / 160)
      const y = x.map((share) => {
        const percentile = lowestPercentile + share * (100 - lowestPercentile)
        return atThreshold(table, valueAtPercentile(table, percentile)).dice ?? 0
      })
      return {
        path: pathOf(x, y),
        xLabel: 'threshold percentile',
        yLabel: 'Dice',
        ends: [String(lowestPercentile), '100'],
      }
    }
    case 'roc': {
      const curve = rocCurve(table, 200)
      return (
        curve && {
          path: pathOf(curve.x, curve.y),
          xLabel: 'false positive rate',
          yLabel: 'True positive rate',
          ends: ['0', '1'],
        }
      )
    }
    case 'precision-recall': {
      const curve = precisionRecallCurve(table, 200)
      return (
        curve && {
          path: pathOf(curve.x, curve.y),
          xLabel: 'recall',
          yLabel: 'Precision',
          ends: ['0', '1'],
        }
      )
    }
  }
}

function markAt(
  table: LocalisationTable,
  kind: Kind,
  threshold: number,
  percentile: number,
): readonly [number, number] | null {
  const { dice, precision, recall, voxels } = atThreshold(table, threshold)
  switch (kind) {
    case 'dice':
      return dice === null || percentile < lowestPercentile
        ? null
        : [(percentile - lowestPercentile) / (100 - lowestPercentile), dice]
    case 'roc': {
      if (recall === null) return null
      const hits = recall * table.truthVoxels
      return [(voxels - hits) / (table.values.length - table.truthVoxels), recall]
    }
    case 'precision-recall':
      return recall === null || precision === null ? null : [recall, precision]
  }
}
