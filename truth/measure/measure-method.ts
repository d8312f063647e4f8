/** @file One method on the held-out cases of one task. */

import { Failure } from '../../src/core/failure.ts'
import type { OpenModel } from '../../src/engine/open-model.ts'
import { explainCase, likeness, rowOf } from './explain-case.ts'
import type { Kept } from './keep.ts'
import { measurePermuted, type PermutedResult } from './measure-permuted.ts'
import { measureTiming } from './measure-timing.ts'
import { measureTwins } from './measure-twins.ts'
import type { PlannedMethod } from './method-plan.ts'
import { processorSeconds } from './processor-seconds.ts'
import {
  COMPARED_CASES,
  type MapRow,
  mapKey,
  type RefusalRow,
  refusalKey,
  type TimingRow,
  type TwinRow,
} from './rows.ts'
import type { Surroundings } from './run-task.ts'
import type { TruthTask } from './tasks.ts'
import type { Workshop } from './workshop.ts'

/** Of the permutation that the rows of maps are compared with. */
const FIRST_SEED = 1
/** A method that fails on this many cases before it gives any map is not to be had of the model. */
const PATIENCE = 2

export interface MethodResult {
  readonly planned: PlannedMethod
  readonly rows: readonly Kept<MapRow>[]
  readonly twins: readonly Kept<TwinRow>[]
  readonly permuted: readonly PermutedResult[]
  readonly timing: TimingRow | null
  /** Why there are no rows, or fewer than cases. */
  readonly reason: string | null
}

/** What is in the store is not computed again. */
export async function measureMethod(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  around: Surroundings,
): Promise<MethodResult> {
  const { rows, reason } = await measureMaps(task, planned, workshop, around)
  // A method that the model refuses is not tried again for the rest.
  const rest = rows.length > 0 ? around : { ...around, parts: nothing }
  const { seconds, result } = await processorSeconds(async () => ({
    twins: await measureTwins(task, planned, workshop, rest),
    permuted: await measurePermuted(task, planned, workshop, rest),
  }))
  if (seconds > LEAST_SAID_S) {
    around.say(
      `${task.id} ${planned.id}: ${result.twins.length} twins and ${result.permuted.length} permuted, ${seconds.toFixed(0)} s`,
    )
  }
  const timing = await measureTiming(task, planned, workshop, rest)
  return { planned, rows, ...result, timing, reason }
}

const nothing: Surroundings['parts'] = new Set()
/** What was in the store takes no time. */
const LEAST_SAID_S = 1

async function measureMaps(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  { store, indices, say, parts }: Surroundings,
): Promise<Pick<MethodResult, 'reason' | 'rows'>> {
  const isStoredOnly = !parts.has('maps')
  const rows: Kept<MapRow>[] = []
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
      rows.push({ ...row, index })
    }
  })
  const refusal = refusalKey(task, planned)
  if (isStoredOnly) reason = (store.find(refusal) as RefusalRow | undefined)?.reason ?? null
  else if (reason !== null) store.add(refusal, { reason })
  if (isStoredOnly) return { rows, reason: rows.length < indices.length ? reason : null }
  if (reason !== null) say(`${task.id} ${planned.id}: ${rows.length} cases; ${reason}`)
  else if (computed > 0) {
    const mass = rows.reduce((sum, { measures }) => sum + measures.neuro, 0) / rows.length
    const effort = `${(seconds / computed).toFixed(2)} s a case`
    say(`${task.id} ${planned.id}: mass ${mass.toFixed(3)}, ${rows.length} cases, ${effort}`)
  }
  return { rows, reason }
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
  const own = await explain(opened)
  const row = rowOf(own, given)
  if (index >= COMPARED_CASES) return row
  const randomised = likeness(own, await explain(await workshop.openPermuted(FIRST_SEED)))
  if (task.retrained.length === 0) return { ...row, randomised }
  const maps = [own]
  for (const model of task.retrained) maps.push(await explain(await workshop.open(model)))
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => likeness(a, b)))
  const known = pairs.filter((pair) => pair !== null)
  const mean = known.reduce((a, b) => a + b, 0) / known.length
  return { ...row, randomised, retrained: known.length === 0 ? null : mean }
}
