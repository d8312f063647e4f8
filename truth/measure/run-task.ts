/** @file Everything that is measured of one task. */

import type { Tensor } from '../../src/core/tensor/tensor.ts'
import type { OpenModel } from '../../src/engine/open-model.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import type { Cohort } from '../cohort/cohort.ts'
import type { HeldOutCase } from './held-out.ts'
import { measureMap } from './measure-map.ts'
import { type MethodResult, measureMethod } from './measure-method.ts'
import type { PlannedMethod } from './method-plan.ts'
import { referenceIds, referenceMaps } from './references.ts'
import type { ResultsStore } from './results-store.ts'
import {
  type PredictionRow,
  predictionKey,
  type ReferenceRow,
  type Row,
  referenceKey,
} from './rows.ts'
import type { TaskModel, TruthTask } from './tasks.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

export interface Surroundings {
  readonly runtime: Runtime
  readonly cohort: Cohort
  readonly store: ResultsStore<Row>
  /** The held-out cases: all, or those of one worker. */
  readonly indices: readonly number[]
  /** Nothing is computed: what is not in the store is left out. */
  readonly isStoredOnly: boolean
  readonly say: (line: string) => void
}

export interface TaskResult {
  readonly task: TruthTask
  readonly predictions: readonly {
    readonly model: TaskModel
    readonly rows: readonly PredictionRow[]
  }[]
  readonly references: readonly ReferenceRow[]
  readonly methods: readonly MethodResult[]
}

/** What is in the store is not computed again. */
export async function runTask(
  task: TruthTask,
  methods: readonly PlannedMethod[],
  around: Surroundings,
): Promise<TaskResult> {
  const workshop = openWorkshop(task, around.runtime, around.cohort)
  try {
    const predictions = []
    for (const model of [task.model, ...task.retrained]) {
      predictions.push({ model, rows: await predictAll(task, model, workshop, around) })
    }
    const references = await measureReferences(task, workshop, around)
    const results: MethodResult[] = []
    for (const planned of methods) {
      results.push(await measureMethod(task, planned, workshop, around))
    }
    return { task, predictions, references, methods: results }
  } finally {
    await workshop.close()
  }
}

async function predictAll(
  task: TruthTask,
  model: TaskModel,
  workshop: Workshop,
  { store, indices, isStoredOnly }: Surroundings,
): Promise<readonly PredictionRow[]> {
  const rows: PredictionRow[] = []
  for (const index of indices) {
    const key = predictionKey(task, model, index)
    let row = store.find(key) as PredictionRow | undefined
    if (!row && isStoredOnly) continue
    if (!row) {
      const { input, twin } = await workshop.heldOut(index)
      const opened = await workshop.open(model)
      row = {
        signal: await leadOf(opened, input, task.targetClass),
        quiet: await leadOf(opened, twin, task.targetClass),
      }
      store.add(key, row)
    }
    rows.push(row)
  }
  return rows
}

/** The class's score less the highest of the others; of a single output the output. */
async function leadOf(opened: OpenModel, input: Tensor, targetClass: number): Promise<number> {
  const { outputs } = await opened.predict([input])
  const scores = Array.from(outputs[0]?.tensor.data ?? [])
  const others = scores.filter((_, at) => at !== targetClass)
  const score = scores[targetClass] ?? Number.NaN
  return others.length === 0 ? score : score - Math.max(...others)
}

async function measureReferences(
  task: TruthTask,
  workshop: Workshop,
  { store, indices, isStoredOnly }: Surroundings,
): Promise<readonly ReferenceRow[]> {
  const rows: ReferenceRow[] = []
  for (const index of indices) {
    const key = referenceKey(task, index)
    let row = store.find(key) as ReferenceRow | undefined
    if (!row && isStoredOnly) continue
    if (!row) {
      const given = await workshop.heldOut(index)
      const maps = referenceMaps(given)
      const measured = referenceIds.map((id) => [id, measureMap(maps[id], given).measures])
      row = { references: Object.fromEntries(measured), changed: shareChanged(given) }
      store.add(key, row)
    }
    rows.push(row)
  }
  return rows
}

function shareChanged({ difference, inside: { places, truth } }: HeldOutCase): number {
  const hit = places.filter((_, n) => truth[n] !== 0)
  return hit.filter((at) => difference[at] !== 0).length / hit.length
}
