/** @file What the model says; a click on a class explains it. */

import { isConcealed } from '../../store/concealed.ts'
import type { OutputReading } from '../../store/data-state.ts'
import { formatCount, formatDims, formatNumber, formatPercent } from '../../store/format.ts'
import { shownReading } from '../../store/neutral-names.ts'
import type { PredictionReading } from '../../store/read-prediction.ts'
import { isAboutClass, labelOfTarget } from '../../store/target-choices.ts'
import { Notices } from '../notices.tsx'
import { useApp } from '../use-app.ts'
import { useTargetGroups } from '../use-target-groups.ts'
import { Panel } from './panel.tsx'

export function PredictionPanel() {
  const prediction = useApp((app) => app.prediction)
  const hasImage = useApp((app) => app.images.length > 0)
  const hasModel = useApp((app) => app.model !== null)
  const isHidden = useApp(isConcealed)
  return (
    <Panel title="Prediction">
      {prediction.kind === 'done' ? (
        <Reading reading={shownReading(isHidden, prediction.reading)} others={prediction.others} />
      ) : null}
      {prediction.kind === 'running' ? (
        <p className="empty" role="status">
          The model is running…
        </p>
      ) : null}
      {prediction.kind === 'none' ? (
        <p className="empty">
          {hasImage && !hasModel
            ? 'Add a model to see its prediction.'
            : hasModel && !hasImage
              ? 'Add an image to see a prediction.'
              : 'Nothing to predict yet.'}
        </p>
      ) : null}
      <Notices place="prediction" />
    </Panel>
  )
}

function Reading({
  reading,
  others,
}: {
  readonly reading: PredictionReading
  readonly others: readonly OutputReading[]
}) {
  const target = useApp((app) => app.target)
  const label = labelOfTarget(target, useTargetGroups())
  return (
    <>
      {reading.kind === 'classes' ? <Classes reading={reading} target={target} /> : null}
      {reading.kind === 'segmentation' ? <Regions reading={reading} target={target} /> : null}
      {reading.kind === 'regression'
        ? reading.values.map(({ name, value }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: outputs have no other identity
            <p key={index}>
              {name ? <span className="soft">{name} </span> : null}
              <span className="big-number">{formatNumber(value)}</span> {reading.unit}
            </p>
          ))
        : null}
      {others.map((other) => (
        <OtherOutput key={other.name} {...other} />
      ))}
      <p className="small soft" style={{ marginTop: 6 }}>
        Explaining: {label}
      </p>
    </>
  )
}

/** What an output after the first says, in a line; a click explains it. */
function OtherOutput({ name, reading }: OutputReading) {
  const target = useApp((app) => app.target)
  const setTarget = useApp((app) => app.setTarget)
  const spec = specOf(name, reading)
  return (
    <button
      type="button"
      className="class-row"
      aria-pressed={target.startsWith(`${name}:`)}
      title={`Output ${name}. Explain it.`}
      onClick={() => setTarget(spec)}
    >
      <span className="two-lines">{name}</span>
      <span className="class-value">{summaryOf(reading)}</span>
    </button>
  )
}

function specOf(name: string, reading: PredictionReading): string {
  if (reading.kind === 'segmentation') return `${name}:argmax`
  return `${name}:${reading.kind === 'classes' ? reading.top : 0}`
}

function summaryOf(reading: PredictionReading): string {
  switch (reading.kind) {
    case 'classes':
      return reading.classes[reading.top]?.name ?? ''
    case 'regression':
      return reading.values.map(({ value }) => formatNumber(value)).join(', ')
    case 'segmentation':
      return `${reading.regions.filter(({ positions }) => positions > 0).length} classes`
  }
}

function Classes({
  reading: { classes, top },
  target,
}: {
  readonly reading: PredictionReading & { readonly kind: 'classes' }
  readonly target: string
}) {
  const setTarget = useApp((app) => app.setTarget)
  return classes.map(({ index, name, score, probability }) => {
    const isExplained = isAboutClass(target, index, top)
    return (
      <button
        key={index}
        type="button"
        className="class-row"
        aria-pressed={isExplained}
        title={`${name}: output ${formatNumber(score)}. Explain this class.`}
        onClick={() => setTarget(String(index))}
      >
        <span className="two-lines">{name}</span>
        <span className="class-value">{formatProbability(probability ?? score)}</span>
        <span className="class-bar" aria-hidden>
          <div style={{ width: `${100 * (probability ?? 0)}%` }} />
        </span>
      </button>
    )
  })
}

/** Two decimals, and never a bare 0 or 1 for what is only near them. */
function formatProbability(value: number): string {
  if (value > 0 && value < 0.005) return '<0.01'
  if (value < 1 && value >= 0.995) return '>0.99'
  return value >= 0 && value <= 1 ? value.toFixed(2) : formatNumber(value)
}

function Regions({
  reading: { regions, grid },
  target,
}: {
  readonly reading: PredictionReading & { readonly kind: 'segmentation' }
  readonly target: string
}) {
  const setTarget = useApp((app) => app.setTarget)
  return (
    <>
      {regions.map(({ index, name, positions, share }) => (
        <button
          key={index}
          type="button"
          className="class-row"
          aria-pressed={isAboutClass(target, index, -1)}
          title={`${name}: ${formatCount(positions)} voxels. Explain this class where it wins.`}
          disabled={positions === 0}
          onClick={() => setTarget(`${index}@predicted`)}
        >
          <span className="two-lines">{name}</span>
          <span className="class-value">{formatPercent(share)}</span>
          <span className="class-bar" aria-hidden>
            <div style={{ width: `${100 * share}%` }} />
          </span>
        </button>
      ))}
      <p className="small faint">Share of {formatDims(grid)} voxels where each class wins</p>
    </>
  )
}
