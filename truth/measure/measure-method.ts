/** @file One method on the held-out cases of one task. */

import { Failure } from '../../src/core/failure.ts'
import type { OpenModel } from '../../src/engine/open-model.ts'
import { explainCase, likeness, rowOf } from './explain-case.ts'
import type { PlannedMethod } from './method-plan.ts'
import { processorSeconds } from './processor-seconds.ts'
import { COMPARED_CASES, type MapRow, mapKey, type RefusalRow, refusalKey } from './rows.ts'
import type { Surroundings } from './run-task.ts'
import type { TruthTask } from './tasks.ts'
import type { Workshop } from './workshop.ts'

/** Cases on which a plain forward run is timed beside every map. */
const TIMED_CASES = 10
/** A method that fails on this many cases before it gives any map is not to be had of the model. */
const PATIENCE = 2

export interface MethodResult {
  readonly planned: PlannedMethod
  readonly rows: readonly MapRow[]
  /** Why there are no rows, or fewer than cases. */
  readonly reason: string | null
}

/** What is in the store is not computed again. */
export async function measureMethod(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  { store, indices, say, isStoredOnly }: Surroundings,
): Promise<MethodResult> {
  const rows: MapRow[] = []
  let reason: string | null = null
  let failures = 0
  let computed = 0
  const { seconds } = await processorSeconds(async () => {
    for (const index of indices) {
      const key = mapKey(task, planned, index)
      let row = store.find(key) as MapRow | undefined
      if (!row) {
        if (isStoredOnly) continue
        try {
          row = await measureCase(task, planned, workshop, index)
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          reason = error.message
          failures += 1
          if (rows.length === 0 && failures >= PATIENCE) break
          continue
        }
        store.add(key, row)
        computed += 1
      }
      rows.push(row)
    }
  })
  const refusal = refusalKey(task, planned)
  if (isStoredOnly) reason = (store.find(refusal) as RefusalRow | undefined)?.reason ?? null
  else if (reason !== null) store.add(refusal, { reason })
  if (isStoredOnly) return { planned, rows, reason: rows.length < indices.length ? reason : null }
  if (reason !== null) say(`${task.id} ${planned.id}: ${rows.length} cases; ${reason}`)
  else if (computed > 0) {
    const mass = rows.reduce((sum, { measures }) => sum + measures.neuro, 0) / rows.length
    const effort = `${(seconds / computed).toFixed(2)} s a case`
    say(`${task.id} ${planned.id}: mass ${mass.toFixed(3)}, ${rows.length} cases, ${effort}`)
  }
  return { planned, rows, reason }
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
  const opened = await workshop.open(task.model)
  // Of the twin: an answer that is still at hand would cost nothing.
  const forward = () => processorSeconds(() => opened.predict([given.twin]))
  const forwardSeconds = index < TIMED_CASES ? (await forward()).seconds : null
  const own = await explain(opened)
  const row = rowOf(own, given, forwardSeconds)
  if (index >= COMPARED_CASES) return row
  const randomised = likeness(own, await explain(await workshop.openRandomised()))
  if (task.retrained.length === 0) return { ...row, randomised }
  const maps = [own]
  for (const model of task.retrained) maps.push(await explain(await workshop.open(model)))
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => likeness(a, b)))
  const known = pairs.filter((pair) => pair !== null)
  const mean = known.reduce((a, b) => a + b, 0) / known.length
  return { ...row, randomised, retrained: known.length === 0 ? null : mean }
}
