/** @file Opened models and made cases of one task, each when first needed. */

import type { Tensor } from '../../src/core/tensor/tensor.ts'
import { type OpenModel, openModel } from '../../src/engine/open-model.ts'
import { randomiseFile } from '../../src/engine/randomise-file.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import type { Cohort } from '../cohort/cohort.ts'
import { type HeldOutCase, makeCase, makeCrossed } from './held-out.ts'
import type { TaskModel, TruthTask } from './tasks.ts'

/** Subjects without the signal, of the validation split, that methods average over. */
export const BASELINE_ROWS = 3
export interface Workshop {
  open(model: TaskModel): Promise<OpenModel>
  /** The task's own model with its weights permuted. */
  openPermuted(seed: number): Promise<OpenModel>
  heldOut(index: number): Promise<HeldOutCase>
  baselineRows(): Promise<Tensor>
  /** Inputs of a held-out subject with each part of its signal alone, by their names. */
  crossed(index: number): Promise<Readonly<Record<string, Tensor>>>
  close(): Promise<void>
}

export function openWorkshop(task: TruthTask, runtime: Runtime, cohort: Cohort): Workshop {
  const models = new Map<string, Promise<OpenModel>>()
  const cases = new Map<number, HeldOutCase>()
  let rows: Tensor | undefined
  const opened = (key: string, bytes: () => Uint8Array<ArrayBuffer>) => {
    const found = models.get(key) ?? openModel(runtime, bytes())
    models.set(key, found)
    return found
  }
  const open = (model: TaskModel) => opened(model.variant, () => model.bytes)
  const dims = async () => (await open(task.model)).inputs[0]?.dims ?? []
  return {
    open,
    openPermuted: (seed) => opened(`permuted ${seed}`, () => randomiseFile(task.model.bytes, seed)),
    async heldOut(index) {
      const found = cases.get(index) ?? makeCase(cohort, task, await dims(), 'test', index)
      cases.set(index, found)
      return found
    },
    async baselineRows() {
      if (rows) return rows
      const inputDims = await dims()
      const twins = Array.from(
        { length: BASELINE_ROWS },
        (_, index) => makeCase(cohort, task, inputDims, 'validation', index).twin,
      )
      const [first] = twins
      const size = first?.data.length ?? 0
      const data = new Float32Array(BASELINE_ROWS * size)
      for (const [n, twin] of twins.entries()) data.set(twin.data, n * size)
      rows = { dims: [BASELINE_ROWS, ...(first?.dims.slice(1) ?? [])], data }
      return rows
    },
    async crossed(index) {
      return makeCrossed(cohort, task, await dims(), index)
    },
    async close() {
      for (const model of models.values()) await (await model).close()
    },
  }
}
