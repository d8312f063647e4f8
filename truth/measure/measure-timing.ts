/** @file What a map costs: a few cases, repeated, each map just after a plain forward run. */

import { Failure } from '../../src/core/failure.ts'
import { explainCase } from './explain-case.ts'
import type { PlannedMethod } from './method-plan.ts'
import { processorSeconds } from './processor-seconds.ts'
import { type TimingRow, timingKey } from './rows.ts'
import type { Surroundings } from './run-task.ts'
import type { TruthTask } from './tasks.ts'
import type { Workshop } from './workshop.ts'

const CASES = 3
const REPEATS = 5
/** A method that has taken this long is repeated no more. */
const LONGEST_S = 30
const LEAST_REPEATS = 3

/**
 * Null where it was not measured, or cannot be. The first round, in which sessions are opened and
 * memory is taken, does not count.
 */
export async function measureTiming(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  { parts, store, machine, say }: Surroundings,
): Promise<TimingRow | null> {
  const key = timingKey(task, planned)
  const known = store.find(key) as TimingRow | undefined
  if (known || !parts.has('timing')) return known ?? null
  try {
    const row = { ...(await timeRounds(task, planned, workshop)), machine }
    store.add(key, row)
    say(`${task.id} ${planned.id}: ${row.seconds.map((one) => one.toFixed(3)).join(' ')} s`)
    return row
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}

async function timeRounds(task: TruthTask, planned: PlannedMethod, workshop: Workshop) {
  const opened = await workshop.open(task.model)
  const baselines = planned.method.needs.baselineRows ? await workshop.baselineRows() : null
  const seconds: number[] = []
  const forwardSeconds: number[] = []
  let spent = 0
  for (let round = 0; round <= REPEATS; round++) {
    if (round > LEAST_REPEATS && spent > LONGEST_S) break
    // Another case each time, and the twin first: an answer that is still at hand costs nothing.
    const given = await workshop.heldOut(round % CASES)
    const forward = await processorSeconds(() => opened.predict([given.twin]))
    const { seconds: own } = await explainCase(opened, task, planned, given, baselines)
    spent += own
    if (round === 0) continue
    seconds.push(own)
    forwardSeconds.push(forward.seconds)
  }
  return { seconds, forwardSeconds }
}
