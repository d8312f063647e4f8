/** @file Rows from the store, and those that are not there from a measurement. */

import { Failure } from '../../src/core/failure.ts'
import type { Row } from './rows.ts'
import type { Surroundings } from './run-task.ts'

/** With the case that it belongs to. */
export type Kept<One> = One & { readonly index: number }

/**
 * The rows of the cases in their order. Cases that the model cannot be explained on, and what is not
 * in the store where nothing is to be measured, are left out.
 */
export async function keepRows<One extends Row>(
  indices: readonly number[],
  { store }: Pick<Surroundings, 'store'>,
  keyOf: (index: number) => string,
  measure: ((index: number) => Promise<One>) | null,
): Promise<readonly Kept<One>[]> {
  const rows: Kept<One>[] = []
  for (const index of indices) {
    const key = keyOf(index)
    let row = store.find(key) as One | undefined
    if (!row && measure) {
      try {
        row = await measure(index)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        continue
      }
      store.add(key, row)
    }
    if (row) rows.push({ ...row, index })
  }
  return rows
}
