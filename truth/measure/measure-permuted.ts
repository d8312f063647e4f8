/** @file A method on networks whose weights were permuted: does the map change, and what does it hit? */

import { explainCase, likeness } from './explain-case.ts'
import { type Kept, keepRows } from './keep.ts'
import { isConstant, neuroOf } from './measure-map.ts'
import type { PlannedMethod } from './method-plan.ts'
import { COMPARED_CASES, type PermutedRow, permutedKey } from './rows.ts'
import type { Surroundings } from './run-task.ts'
import type { TruthTask } from './tasks.ts'
import type { Workshop } from './workshop.ts'

/** For the verdict. That of the first seed is in the rows of the maps already. */
export const VERDICT_SEEDS = [1, 2, 3] as const
/** An untrained network is one draw of many: these are the others, as far as its values allow. */
export const CONTROL_SEEDS = [1, 2, 3, 4, 5] as const
const CONTROL_CASES = 10

export type PermutedResult = Kept<PermutedRow> & { readonly seed: number }

export async function measurePermuted(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  around: Surroundings,
): Promise<readonly PermutedResult[]> {
  const isUntrained = task.isUntrained
  const seeds = isUntrained ? CONTROL_SEEDS : VERDICT_SEEDS.slice(1)
  const cases = isUntrained ? CONTROL_CASES : COMPARED_CASES
  const explain = async (index: number, seed: number | null) => {
    const given = await workshop.heldOut(index)
    const baselines = planned.method.needs.baselineRows ? await workshop.baselineRows() : null
    const opened =
      seed === null ? await workshop.open(task.model) : await workshop.openPermuted(seed)
    return explainCase(opened, task, planned, given, baselines)
  }
  const own = new Map<number, Awaited<ReturnType<typeof explain>>>()
  const rows: PermutedResult[] = []
  for (const index of around.indices.filter((one) => one < cases)) {
    for (const seed of seeds) {
      const measure = async (): Promise<PermutedRow> => {
        const trained = own.get(index) ?? (await explain(index, null))
        own.set(index, trained)
        const other = await explain(index, seed)
        return {
          likeness: likeness(trained, other),
          neuro: neuroOf(other.magnitudes, await workshop.heldOut(index)),
          isEmpty: isConstant(other.magnitudes),
        }
      }
      const [row] = await keepRows(
        [index],
        around,
        () => permutedKey(task, planned, seed, index),
        around.parts.has('permuted') ? measure : null,
      )
      if (row) rows.push({ ...row, seed })
    }
    own.delete(index)
  }
  return rows
}
