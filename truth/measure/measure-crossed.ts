/** @file What a model says of each part of its signal alone: harder subjects than the twins. */

import { type Kept, keepRows } from './keep.ts'
import { leadOf } from './lead.ts'
import { type CrossedRow, crossedKey } from './rows.ts'
import type { Surroundings } from './run-task.ts'
import type { TruthTask } from './tasks.ts'
import type { Workshop } from './workshop.ts'

/** Nothing where the signal of the task has no parts. */
export async function measureCrossed(
  task: TruthTask,
  workshop: Workshop,
  around: Surroundings,
): Promise<readonly Kept<CrossedRow>[]> {
  const { kind } = task.config.signal
  if (kind !== 'marker' && kind !== 'pair') return []
  const measure = async (index: number): Promise<CrossedRow> => {
    const opened = await workshop.open(task.model)
    const leads: Record<string, number> = {}
    for (const [name, input] of Object.entries(await workshop.crossed(index))) {
      leads[name] = await leadOf(opened, input, task.targetClass)
    }
    return { leads }
  }
  return keepRows(
    around.indices,
    around,
    (index) => crossedKey(task, index),
    around.parts.has('models') ? measure : null,
  )
}
