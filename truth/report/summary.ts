/** @file From rows to the numbers of the tables. */

import type { MethodFamily } from '../../src/core/attribution/method.ts'
import { bootstrapMean, type Estimate, quantileOf } from '../measure/bootstrap.ts'
import type { MethodResult } from '../measure/measure-method.ts'
import { type MeasureId, type Measures, measureIds } from '../measure/measures.ts'
import { type ReferenceId, referenceIds } from '../measure/references.ts'
import type { PredictionRow } from '../measure/rows.ts'
import type { TaskResult } from '../measure/run-task.ts'
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
  /** Median, of the processor. */
  readonly seconds: number
  /** Median over cases of the time over that of a forward run on the same case. */
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
  /** Of the score: the chance that a subject with the signal scores above one without. */
  readonly auc: number
}

export interface TaskSummary {
  readonly id: string
  readonly caseId: string
  readonly title: string
  readonly isControl: boolean
  readonly models: readonly ModelSummary[]
  /** Maps that no network made. */
  readonly references: Readonly<Record<ReferenceId, Readonly<Record<MeasureId, number>>>>
  /** Share of the truth's voxels that the signal changed. */
  readonly changed: number
  readonly methods: readonly MethodSummary[]
  /** Methods that this model cannot give, and why. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
}

export function summariseTask({ task, predictions, references, methods }: TaskResult): TaskSummary {
  return {
    id: task.id,
    caseId: task.caseId,
    title: task.title,
    isControl: task.isControl,
    models: predictions.map(({ model, rows }) => summariseModel(model.variant, rows)),
    references: Object.fromEntries(
      referenceIds.map((id) => [id, meanMeasures(references.map((row) => row.references[id]))]),
    ) as TaskSummary['references'],
    changed: meanOf(references, ({ changed }) => changed),
    methods: methods.flatMap((result) => summariseMethod(result) ?? []),
    refused: methods.flatMap(({ planned, reason }) =>
      reason === null ? [] : [{ id: planned.id, reason }],
    ),
  }
}

function summariseModel(variant: string, rows: readonly PredictionRow[]): ModelSummary {
  const hits = rows.filter(({ signal }) => signal > 0).length
  const passes = rows.filter(({ quiet }) => quiet < 0).length
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
    auc: areaOf(rows),
  }
}

function areaOf(rows: readonly PredictionRow[]): number {
  let won = 0
  for (const { signal } of rows) {
    for (const { quiet } of rows) won += signal > quiet ? 1 : signal === quiet ? 0.5 : 0
  }
  return won / rows.length ** 2
}

function meanMeasures(all: readonly Measures[]): Readonly<Record<MeasureId, number>> {
  const means = measureIds.map((id) => [id, meanOf(all, (measures) => measures[id])])
  return Object.fromEntries(means) as Record<MeasureId, number>
}

function summariseMethod({ planned, rows }: MethodResult): MethodSummary | null {
  const measures: Partial<Record<MeasureId, Estimate>> = {}
  for (const id of measureIds) {
    const estimate = bootstrapMean(rows.map((row) => row.measures[id]))
    if (!estimate) return null
    measures[id] = estimate
  }
  const gaps = rows.flatMap(({ gap }) => gap ?? [])
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
    seconds: median(rows.map(({ seconds }) => seconds)),
    forwards: median(
      rows.flatMap(({ seconds, forwardSeconds }) =>
        forwardSeconds === null ? [] : seconds / forwardSeconds,
      ),
    ),
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

function meanOf<Row>(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length
}

function median(values: readonly number[]): number {
  return quantileOf(Float64Array.from(values).sort(), 0.5)
}
