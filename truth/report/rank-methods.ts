/** @file The methods in one order for all tasks. */

import type { TaskSummary } from './summary.ts'

interface RankedMethod {
  readonly id: string
  /** Of the neuro mass over the tasks that are no controls; null where it is on controls only. */
  readonly mean: number | null
  /** Tasks that are no controls and have it. */
  readonly count: number
}

/** Best mean first; a method that only some of the models can give is ranked by those. */
export function rankMethods(tasks: readonly TaskSummary[]): readonly RankedMethod[] {
  const ids = [...new Set(tasks.flatMap(({ methods }) => methods.map(({ id }) => id)))]
  const ranked = ids.map((id) => {
    const masses = tasks
      .filter(({ isControl }) => !isControl)
      .flatMap(({ methods }) => methods.filter((method) => method.id === id))
      .map(({ measures }) => measures.neuro.mean)
    const mean = masses.length === 0 ? null : masses.reduce((a, b) => a + b, 0) / masses.length
    return { id, mean, count: masses.length }
  })
  return ranked.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1) || (a.id < b.id ? -1 : 1))
}
