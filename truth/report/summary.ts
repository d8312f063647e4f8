/** @file From rows to the numbers of the tables. */

import type { MethodFamily } from '../../src/core/attribution/method.ts'
import { bootstrapMean, type Estimate, quantileOf } from '../measure/bootstrap.ts'
import { type MeasureId, measureIds } from '../measure/measures.ts'
import type { MapRow, PredictionRow } from '../measure/rows.ts'
import type { MethodResult, TaskResult } from '../measure/run-task.ts'
import { wilsonInterval } from '../measure/wilson.ts'

/** A map whose rank correlation with that of randomised weights is below this follows the weights. */
export const LIKENESS_THRESHOLD = 0.5

export type Verdict = 'follows the weights' | 'follows the image' | 'unclear'

export interface MethodSummary {
  readonly id: string
  readonly label: string
  readonly family: MethodFamily
  readonly count: number
  /** Maps that are the same everywhere. */
  readonly empty: number
  readonly measures: Readonly<Record<MeasureId, Estimate>>
  readonly chance: number
  readonly chanceNeuro: number
  /** Median over cases; null where the method promises nothing. */
  readonly gap: number | null
  readonly seconds: number
  /** Median time over the median time of a forward run. */
  readonly forwards: number
  readonly randomised: Estimate | null
  readonly verdict: Verdict | null
  readonly retrained: Estimate | null
}

export interface ModelSummary {
  readonly variant: string
  readonly accuracy: number
  readonly low: number
  readonly high: number
  /** Images: every subject with the signal, and its twin without. */
  readonly count: number
  readonly sensitivity: number
  readonly specificity: number
}

export interface TaskSummary {
  readonly id: string
  readonly caseId: string
  readonly title: string
  readonly isControl: boolean
  readonly models: readonly ModelSummary[]
  readonly methods: readonly MethodSummary[]
  /** Methods that this model cannot give, and why. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
}

export function summariseTask({ task, predictions, methods }: TaskResult): TaskSummary {
  const forward = median(predictions[0]?.rows.map(({ seconds }) => seconds) ?? [])
  return {
    id: task.id,
    caseId: task.caseId,
    title: task.title,
    isControl: task.isControl,
    models: predictions.map(({ model, rows }) => summariseModel(model.variant, rows)),
    methods: methods.flatMap((result) => summariseMethod(result, forward) ?? []),
    refused: methods.flatMap(({ planned, reason }) =>
      reason === null ? [] : [{ id: planned.id, reason }],
    ),
  }
}

function summariseModel(variant: string, rows: readonly PredictionRow[]): ModelSummary {
  const hits = rows.filter(({ signal }) => signal).length
  const passes = rows.filter(({ quiet }) => quiet).length
  const count = 2 * rows.length
  const [low, high] = wilsonInterval(hits + passes, count)
  return {
    variant,
    accuracy: (hits + passes) / count,
    low,
    high,
    count,
    sensitivity: hits / rows.length,
    specificity: passes / rows.length,
  }
}

function summariseMethod({ planned, rows }: MethodResult, forward: number): MethodSummary | null {
  const measures: Partial<Record<MeasureId, Estimate>> = {}
  for (const id of measureIds) {
    const estimate = bootstrapMean(rows.map((row) => row.measures[id]))
    if (!estimate) return null
    measures[id] = estimate
  }
  const gaps = rows.flatMap(({ gap }) => gap ?? [])
  const seconds = median(rows.map((row) => row.seconds))
  const randomised = bootstrapMean(rows.flatMap((row) => row.randomised ?? []))
  return {
    id: planned.id,
    label: planned.label,
    family: planned.method.family,
    count: rows.length,
    empty: rows.filter(({ isEmpty }) => isEmpty).length,
    measures: measures as Record<MeasureId, Estimate>,
    chance: meanOf(rows, ({ chance }) => chance),
    chanceNeuro: meanOf(rows, ({ chanceNeuro }) => chanceNeuro),
    gap: gaps.length === 0 ? null : median(gaps),
    seconds,
    forwards: seconds / forward,
    randomised,
    verdict: randomised && judge(randomised),
    retrained: bootstrapMean(rows.flatMap((row) => row.retrained ?? [])),
  }
}

/** The whole interval must lie on one side of the threshold. */
export function judge({ low, high }: Pick<Estimate, 'high' | 'low'>): Verdict {
  if (high < LIKENESS_THRESHOLD) return 'follows the weights'
  return low > LIKENESS_THRESHOLD ? 'follows the image' : 'unclear'
}

function meanOf(rows: readonly MapRow[], value: (row: MapRow) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length
}

function median(values: readonly number[]): number {
  return quantileOf(Float64Array.from(values).sort(), 0.5)
}
