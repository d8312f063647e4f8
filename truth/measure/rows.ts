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

/** One method on the twin of a case, measured against the truth of the case. */
export interface TwinRow {
  readonly neuro: number
  readonly isEmpty: boolean
}

/** What the maps that no network made score on the twin. */
export interface TwinReferenceRow {
  readonly image: number
  readonly edges: number
}

/** One method on one case, the weights permuted by a seed. */
export interface PermutedRow {
  /** Rank correlation with the map of the network as it is; null where one of them is empty. */
  readonly likeness: number | null
  readonly neuro: number
  readonly isEmpty: boolean
}

/** One model on the same subject with each part of its signal alone: its lead, by their names. */
export interface CrossedRow {
  readonly leads: Readonly<Record<string, number>>
}

/** Of one method on one model: processor time of each map, and of the forward run just before it. */
export interface TimingRow {
  readonly seconds: readonly number[]
  readonly forwardSeconds: readonly number[]
  readonly machine: string
}

export type Row =
  | CrossedRow
  | MapRow
  | PermutedRow
  | PredictionRow
  | ReferenceRow
  | RefusalRow
  | TimingRow
  | TwinReferenceRow
  | TwinRow

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

/** The method with its options, on the task's own model alone. */
function planKey(task: TruthTask, planned: PlannedMethod): readonly (number | string)[] {
  const options = JSON.stringify(optionsFor(planned, isSlice(task)))
  return [VERSION, task.id, taskKey(task, task.model), planned.id, options]
}

export function twinKey(task: TruthTask, planned: PlannedMethod, index: number): string {
  return [...planKey(task, planned), 'twin', index].join(' ')
}

export function twinReferenceKey(task: TruthTask, index: number): string {
  return [VERSION, task.id, taskKey(task, task.model), 'references', 'twin', index].join(' ')
}

export function permutedKey(
  task: TruthTask,
  planned: PlannedMethod,
  seed: number,
  index: number,
): string {
  return [...planKey(task, planned), 'permuted', seed, index].join(' ')
}

export function crossedKey(task: TruthTask, index: number): string {
  return [VERSION, task.id, taskKey(task, task.model), 'crossed', index].join(' ')
}

export function timingKey(task: TruthTask, planned: PlannedMethod): string {
  return [...planKey(task, planned), 'timing'].join(' ')
}
