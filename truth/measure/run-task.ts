/** @file Everything that is measured of one task. */

import { Failure } from '../../src/core/failure.ts'
import { argmax } from '../../src/core/tensor/statistics.ts'
import type { Tensor } from '../../src/core/tensor/tensor.ts'
import { type OpenModel, openModel } from '../../src/engine/open-model.ts'
import { randomiseFile } from '../../src/engine/randomise-file.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import type { Cohort } from '../cohort/cohort.ts'
import { explainCase, likeness, rowOf } from './explain-case.ts'
import { type HeldOutCase, makeCase } from './held-out.ts'
import type { PlannedMethod } from './method-plan.ts'
import type { ResultsStore } from './results-store.ts'
import { type MapRow, mapKey, type PredictionRow, predictionKey, type Row } from './rows.ts'
import type { TaskModel, TruthTask } from './tasks.ts'

/** Cases on which maps are compared with those of randomised weights and of retrained models. */
export const COMPARED_CASES = 10
/** Subjects without the signal, of the validation split, that methods average over. */
const BASELINE_ROWS = 5
/** Of the permutation of the weights. */
const RANDOMISE_SEED = 1

export interface Surroundings {
  readonly runtime: Runtime
  readonly cohort: Cohort
  readonly store: ResultsStore<Row>
  readonly cases: number
  readonly say: (line: string) => void
}

export interface TaskResult {
  readonly task: TruthTask
  readonly predictions: readonly {
    readonly model: TaskModel
    readonly rows: readonly PredictionRow[]
  }[]
  readonly methods: readonly MethodResult[]
}

export interface MethodResult {
  readonly planned: PlannedMethod
  readonly rows: readonly MapRow[]
  /** Why there are no rows. */
  readonly reason: string | null
}

/** What is in the store is not computed again. */
export async function runTask(
  task: TruthTask,
  methods: readonly PlannedMethod[],
  around: Surroundings,
): Promise<TaskResult> {
  const workshop = await openWorkshop(task, around)
  try {
    const predictions = []
    for (const model of [task.model, ...task.retrained]) {
      predictions.push({ model, rows: await predictAll(task, model, workshop, around) })
    }
    const results: MethodResult[] = []
    for (const planned of methods) {
      results.push(await measureMethod(task, planned, workshop, around))
    }
    return { task, predictions, methods: results }
  } finally {
    await workshop.close()
  }
}

/** Opened models and made cases of the task, each when first needed. */
interface Workshop {
  open(model: TaskModel): Promise<OpenModel>
  openRandomised(): Promise<OpenModel>
  heldOut(index: number): Promise<HeldOutCase>
  baselineRows(): Promise<Tensor>
  close(): Promise<void>
}

async function openWorkshop(task: TruthTask, { runtime, cohort }: Surroundings): Promise<Workshop> {
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
    openRandomised: () =>
      opened('randomised', () => randomiseFile(task.model.bytes, RANDOMISE_SEED)),
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
    async close() {
      for (const model of models.values()) await (await model).close()
    },
  }
}

async function predictAll(
  task: TruthTask,
  model: TaskModel,
  workshop: Workshop,
  { store, cases, say }: Surroundings,
): Promise<readonly PredictionRow[]> {
  const rows: PredictionRow[] = []
  for (let index = 0; index < cases; index++) {
    const key = predictionKey(task, model, index)
    let row = store.find(key) as PredictionRow | undefined
    if (!row) {
      const { input, twin } = await workshop.heldOut(index)
      const opened = await workshop.open(model)
      const signal = await predictClass(opened, input)
      const quiet = await predictClass(opened, twin)
      row = {
        signal: signal.best === task.targetClass,
        quiet: quiet.best !== task.targetClass,
        // The second run: the first opens the session.
        seconds: quiet.seconds,
      }
      store.add(key, row)
    }
    rows.push(row)
  }
  const right = rows.reduce((sum, { signal, quiet }) => sum + Number(signal) + Number(quiet), 0)
  say(`${task.id} ${model.variant}: ${right} of ${2 * rows.length} held-out images told right`)
  return rows
}

async function predictClass(opened: OpenModel, input: Tensor) {
  const { outputs, elapsedMs } = await opened.predict([input])
  const [output] = outputs
  return { best: output ? argmax(output.tensor.data) : -1, seconds: elapsedMs / 1000 }
}

async function measureMethod(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  { store, cases, say }: Surroundings,
): Promise<MethodResult> {
  const isSlice = task.config.signal.kind === 'nodule'
  const most = isSlice ? cases : Math.min(cases, planned.mostCases ?? cases)
  const rows: MapRow[] = []
  const began = performance.now()
  let computed = 0
  for (let index = 0; index < most; index++) {
    const key = mapKey(task, planned, index)
    let row = store.find(key) as MapRow | undefined
    if (!row) {
      try {
        row = await measureCase(task, planned, workshop, index)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        say(`${task.id} ${planned.id}: ${error.message}`)
        return { planned, rows: [], reason: error.message }
      }
      store.add(key, row)
      computed += 1
    }
    rows.push(row)
  }
  const seconds = (performance.now() - began) / 1000
  const mass = rows.reduce((sum, { measures }) => sum + measures.neuro, 0) / rows.length
  const effort = computed === 0 ? 'stored' : `${(seconds / computed).toFixed(1)} s a case`
  say(`${task.id} ${planned.id}: mass ${mass.toFixed(3)}, ${rows.length} cases, ${effort}`)
  return { planned, rows, reason: null }
}

async function measureCase(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  index: number,
): Promise<MapRow> {
  const given = await workshop.heldOut(index)
  const { baselineRows } = planned.method.needs
  const baselines = baselineRows ? await workshop.baselineRows() : null
  const explain = (opened: OpenModel) => explainCase(opened, task, planned, given, baselines)
  const own = await explain(await workshop.open(task.model))
  const row = rowOf(own, given)
  if (index >= COMPARED_CASES) return row
  const randomised = likeness(own, await explain(await workshop.openRandomised()), given)
  if (task.retrained.length === 0) return { ...row, randomised }
  const maps = [own]
  for (const model of task.retrained) maps.push(await explain(await workshop.open(model)))
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => likeness(a, b, given)))
  const known = pairs.filter((pair) => pair !== null)
  const mean = known.reduce((a, b) => a + b, 0) / known.length
  return { ...row, randomised, retrained: known.length === 0 ? null : mean }
}
