/** @file The methods in one order for all tasks, and which of them are one and the same map. */

import { measureIds } from '../measure/measures.ts'
import type { MethodSummary } from './method-summary.ts'
import { isReal, type TaskSummary } from './summary.ts'

export interface RankedMethod {
  readonly id: string
  /** Methods whose maps have the same magnitudes everywhere, and so the same numbers. */
  readonly same: readonly string[]
  /**
   * Of the neuro mass over all tasks with something to find; null where one of them lacks the method,
   * or has it on fewer cases than others: such a mean could not be compared.
   */
  readonly mean: number | null
}

/** Numbers of one map come out alike to the last bits only where it is computed alike. */
const ROUNDING = 1e-6

/** The ranked ones first, best first; the others by their names. */
export function rankMethods(tasks: readonly TaskSummary[]): readonly RankedMethod[] {
  const ids = [...new Set(tasks.flatMap(({ methods }) => methods.map(({ id }) => id)))].sort()
  const real = tasks.filter(isReal)
  const ranked: RankedMethod[] = []
  for (const id of ids) {
    const twin = ranked.findIndex((other) => isSameEverywhere(tasks, other.id, id))
    const known = ranked[twin]
    if (known) ranked[twin] = { ...known, same: [...known.same, id] }
    else ranked.push({ id, same: [], mean: meanOver(real, id) })
  }
  return ranked.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1) || (a.id < b.id ? -1 : 1))
}

function meanOver(real: readonly TaskSummary[], id: string): number | null {
  const masses = real.flatMap(({ methods }) => {
    const most = Math.max(...methods.map(({ count }) => count))
    return methods
      .filter((method) => method.id === id && method.count === most)
      .map(({ measures }) => measures.neuro.mean)
  })
  const isWhole = masses.length === real.length && masses.length > 0
  return isWhole ? masses.reduce((a, b) => a + b, 0) / masses.length : null
}

function isSameEverywhere(tasks: readonly TaskSummary[], a: string, b: string): boolean {
  return tasks.every(({ methods }) => {
    const [one, other] = [a, b].map((id) => methods.find((method) => method.id === id))
    return one && other ? isSame(one, other) : one === other
  })
}

function isSame(one: MethodSummary, other: MethodSummary): boolean {
  return (
    one.count === other.count &&
    measureIds.every((id) => Math.abs(one.measures[id].mean - other.measures[id].mean) < ROUNDING)
  )
}

/** One method of each map. */
export function distinct(methods: readonly MethodSummary[]): readonly MethodSummary[] {
  return methods.filter((own, n) => !methods.slice(0, n).some((other) => isSame(own, other)))
}

/** "`gradient`, `saliency`": one map under its names. */
export function namesOf({ id, same }: RankedMethod): string {
  return [id, ...same].map((one) => `\`${one}\``).join(', ')
}
