/** @file Everything that is measured of one task. */

import type { Runtime } from '../../src/engine/runtime.ts'
import type { Cohort } from '../cohort/cohort.ts'
import type { HeldOutCase } from './held-out.ts'
import { type Kept, keepRows } from './keep.ts'
import { leadOf } from './lead.ts'
import { measureCrossed } from './measure-crossed.ts'
import { measureMap } from './measure-map.ts'
import { type MethodResult, measureMethod } from './measure-method.ts'
import { measureTwinReferences } from './measure-twins.ts'
import type { PlannedMethod } from './method-plan.ts'
import type { Part } from './parts.ts'
import { referenceIds, referenceMaps } from './references.ts'
import type { ResultsStore } from './results-store.ts'
import {
  type CrossedRow,
  type PredictionRow,
  predictionKey,
  type ReferenceRow,
  type Row,
  referenceKey,
  type TwinReferenceRow,
} from './rows.ts'
import type { TaskModel, TruthTask } from './tasks.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

export interface Surroundings {
  readonly runtime: Runtime
  readonly cohort: Cohort
  readonly store: ResultsStore<Row>
  /** The held-out cases: all, or those of one worker. */
  readonly indices: readonly number[]
  /** What is measured. Of the rest, what is not in the store is left out. */
  readonly parts: ReadonlySet<Part>
  /** Whose times these are. */
  readonly machine: string
  readonly say: (line: string) => void
}

export interface TaskResult {
  readonly task: TruthTask
  readonly predictions: readonly {
    readonly model: TaskModel
    readonly rows: readonly Kept<PredictionRow>[]
  }[]
  readonly crossed: readonly Kept<CrossedRow>[]
  readonly references: readonly Kept<ReferenceRow>[]
  readonly twinReferences: readonly Kept<TwinReferenceRow>[]
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
    const crossed = await measureCrossed(task, workshop, around)
    const references = await measureReferences(task, workshop, around)
    const twinReferences = await measureTwinReferences(task, workshop, around)
    const results: MethodResult[] = []
    for (const planned of methods) {
      results.push(await measureMethod(task, planned, workshop, around))
    }
    return { task, predictions, crossed, references, twinReferences, methods: results }
  } finally {
    await workshop.close()
  }
}

function predictAll(
  task: TruthTask,
  model: TaskModel,
  workshop: Workshop,
  around: Surroundings,
): Promise<readonly Kept<PredictionRow>[]> {
  const measure = async (index: number): Promise<PredictionRow> => {
    const { input, twin } = await workshop.heldOut(index)
    const opened = await workshop.open(model)
    return {
      signal: await leadOf(opened, input, task.targetClass),
      quiet: await leadOf(opened, twin, task.targetClass),
    }
  }
  return keepRows(
    around.indices,
    around,
    (index) => predictionKey(task, model, index),
    around.parts.has('models') ? measure : null,
  )
}

function measureReferences(
  task: TruthTask,
  workshop: Workshop,
  around: Surroundings,
): Promise<readonly Kept<ReferenceRow>[]> {
  const measure = async (index: number): Promise<ReferenceRow> => {
    const given = await workshop.heldOut(index)
    const maps = referenceMaps(given)
    const measured = referenceIds.map((id) => [id, measureMap(maps[id], given).measures])
    return { references: Object.fromEntries(measured), changed: shareChanged(given) }
  }
  return keepRows(
    around.indices,
    around,
    (index) => referenceKey(task, index),
    around.parts.has('models') ? measure : null,
  )
}

function shareChanged({ difference, inside: { places, truth } }: HeldOutCase): number {
  const hit = places.filter((_, n) => truth[n] !== 0)
  return hit.filter((at) => difference[at] !== 0).length / hit.length
}
