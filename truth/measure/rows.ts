/** @file What is stored of every measurement, and under which key. */

import { createHash } from 'node:crypto'
import type { Measures } from './measures.ts'
import { optionsFor, type PlannedMethod } from './method-plan.ts'
import type { ReferenceId } from './references.ts'
import { isSlice, type TaskModel, type TruthTask } from './tasks.ts'

/** To be raised when subjects, measures or methods change, so that old rows no longer count. */
const VERSION = 3

/** Cases on which maps are compared with those of randomised weights and of retrained models. */
export const COMPARED_CASES = 5

/** One method on one case. */
export interface MapRow {
  readonly measures: Measures
  readonly chance: number
  readonly chanceNeuro: number
  readonly isEmpty: boolean
  /** |gap| over |what the map should add up to|; null where the method promises nothing. */
  readonly gap: number | null
  /** Of the processor. */
  readonly seconds: number
  /** Of a plain forward run on the same case, just before; null = not timed. */
  readonly forwardSeconds: number | null
  /** Rank correlation with the map of the model with randomised weights; absent = not measured. */
  readonly randomised?: number | null
  /** Mean rank correlation over all pairs of retrained models; absent = not measured. */
  readonly retrained?: number | null
}

/** One model on one case and its twin: how far the class with the signal is ahead of the others. */
export interface PredictionRow {
  readonly signal: number
  readonly quiet: number
}

/** Maps that no network made, measured like any other. */
export interface ReferenceRow {
  readonly references: Readonly<Record<ReferenceId, Measures>>
  /** Share of the truth's voxels in the brain that the signal changed. */
  readonly changed: number
}

/** Why the model cannot be explained so; kept for reports, tried again by every run that measures. */
export interface RefusalRow {
  readonly reason: string
}

export type Row = MapRow | PredictionRow | ReferenceRow | RefusalRow

/** What decides how the subjects of a task look, and the model. */
function taskKey({ config, targetClass }: TruthTask, { bytes, card }: TaskModel): string {
  const { seed, region, templates, warp, appearance, signal } = config
  const parts = [seed, region, templates, warp, appearance, signal, card, targetClass]
  return createHash('sha256').update(bytes).update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

export function predictionKey(task: TruthTask, model: TaskModel, index: number): string {
  return [VERSION, task.id, model.variant, taskKey(task, model), 'prediction', index].join(' ')
}

export function referenceKey(task: TruthTask, index: number): string {
  return [VERSION, task.id, taskKey(task, task.model), 'references', index].join(' ')
}

export function refusalKey(task: TruthTask, planned: PlannedMethod): string {
  return [VERSION, task.id, taskKey(task, task.model), planned.id, 'refused'].join(' ')
}

/** Retrained models are part of the rows that compare with them, so they are part of their keys. */
export function mapKey(task: TruthTask, planned: PlannedMethod, index: number): string {
  const options = JSON.stringify(optionsFor(planned, isSlice(task)))
  const others = index < COMPARED_CASES ? task.retrained : []
  const keys = [task.model, ...others].map((model) => taskKey(task, model)).join('+')
  return [VERSION, task.id, keys, planned.id, options, index].join(' ')
}
