/** @file What is stored of every measurement, and under which key. */

import { createHash } from 'node:crypto'
import type { AnyOptionValues } from '../../src/core/options.ts'
import type { Measures } from './measures.ts'
import type { TaskModel, TruthTask } from './tasks.ts'

/** To be raised when subjects, measures or methods change, so that old rows no longer count. */
const VERSION = 1

/** One method on one case. */
export interface MapRow {
  readonly measures: Measures
  readonly chance: number
  readonly chanceNeuro: number
  readonly isEmpty: boolean
  /** |gap| over |what the map should add up to|; null where the method promises nothing. */
  readonly gap: number | null
  readonly seconds: number
  /** Rank correlation with the map of the model with randomised weights; absent = not measured. */
  readonly randomised?: number | null
  /** Mean rank correlation over all pairs of retrained models; absent = not measured. */
  readonly retrained?: number | null
}

/** One model on one case and its twin. */
export interface PredictionRow {
  /** Told right: the subject with the signal, its twin without. */
  readonly signal: boolean
  readonly quiet: boolean
  /** Of one forward run. */
  readonly seconds: number
}

export type Row = MapRow | PredictionRow

/** What decides how the subjects of a task look, and the model. */
function taskKey({ config, targetClass }: TruthTask, { bytes, card }: TaskModel): string {
  const { seed, region, templates, warp, appearance, signal } = config
  const parts = [seed, region, templates, warp, appearance, signal, card, targetClass]
  return createHash('sha256').update(bytes).update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

export function predictionKey(task: TruthTask, model: TaskModel, index: number): string {
  return [VERSION, task.id, model.variant, taskKey(task, model), 'prediction', index].join(' ')
}

/** Retrained models and the randomised one are part of a row, so they are part of its key. */
export function mapKey(
  task: TruthTask,
  method: { readonly id: string; readonly options: AnyOptionValues },
  index: number,
): string {
  const keys = [task.model, ...task.retrained].map((model) => taskKey(task, model)).join('+')
  return [VERSION, task.id, keys, method.id, JSON.stringify(method.options), index].join(' ')
}
