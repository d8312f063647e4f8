/** @file ROC and precision-recall curves of a sorted table, and the numbers that summarise them. */

import { countAbove, countAtLeast, type LocalisationTable } from './localisation-table.ts'

/** A curve for a plot: `x[i]`, `y[i]` at the threshold `thresholds[i]`, from strict to lenient. */
export interface Curve {
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly thresholds: readonly number[]
}

/** False positive rate against true positive rate, from (0, 0) to (1, 1); null where undefined. */
export function rocCurve(table: LocalisationTable, maxPoints = 512): Curve | null {
  const { hits, truthVoxels, values } = table
  const negatives = values.length - truthVoxels
  if (hits === null || truthVoxels === 0 || negatives === 0) return null
  const ends = [0, ...sampleGroupEnds(table, hits, maxPoints - 1)]
  return {
    x: ends.map((end) => (end - (hits[end] ?? 0)) / negatives),
    y: ends.map((end) => (hits[end] ?? 0) / truthVoxels),
    thresholds: ends.map((end) => (end === 0 ? Number.POSITIVE_INFINITY : (values[end - 1] ?? 0))),
  }
}

/** Recall against precision; null without truth voxels. */
export function precisionRecallCurve(table: LocalisationTable, maxPoints = 512): Curve | null {
  const { hits, truthVoxels, values } = table
  if (hits === null || truthVoxels === 0) return null
  const ends = sampleGroupEnds(table, hits, maxPoints)
  return {
    x: ends.map((end) => (hits[end] ?? 0) / truthVoxels),
    y: ends.map((end) => (hits[end] ?? 0) / end),
    thresholds: ends.map((end) => values[end - 1] ?? 0),
  }
}

/**
 * Area under the ROC curve: the probability that a voxel inside the truth has a higher value than
 * one outside, a tie counting one half. Both kinds of voxel must exist.
 */
export function rocArea({ values, hits, truthVoxels }: LocalisationTable): number {
  if (hits === null) return Number.NaN
  let area = 0
  let start = 0
  while (start < values.length) {
    const end = groupEnd(values, start)
    const before = hits[start] as number
    const inside = (hits[end] as number) - before
    area += (end - start - inside) * (before + inside / 2)
    start = end
  }
  return area / (truthVoxels * (values.length - truthVoxels))
}

/** sum over distinct values, largest first, of (R_n - R_{n-1}) P_n. */
export function averagePrecisionOf({ values, hits, truthVoxels }: LocalisationTable): number {
  if (hits === null) return Number.NaN
  let total = 0
  let start = 0
  while (start < values.length) {
    const end = groupEnd(values, start)
    const inside = (hits[end] as number) - (hits[start] as number)
    total += inside * ((hits[end] as number) / end)
    start = end
  }
  return total / truthVoxels
}

/** The highest Dice of {a >= t} over all thresholds t; of equals, the strictest threshold. */
export function bestDiceOf({ values, hits, truthVoxels }: LocalisationTable): {
  readonly dice: number
  readonly threshold: number
  readonly voxels: number
} {
  let best = { dice: -1, threshold: Number.NaN, voxels: 0 }
  if (hits === null) return best
  let start = 0
  while (start < values.length) {
    const end = groupEnd(values, start)
    const dice = (2 * (hits[end] as number)) / (end + truthVoxels)
    if (dice > best.dice) best = { dice, threshold: values[start] as number, voxels: end }
    start = end
  }
  return best
}

/** One past the last value equal to values[start]. */
function groupEnd(values: Float32Array, start: number): number {
  const value = values[start]
  let end = start + 1
  while (end < values.length && values[end] === value) end++
  return end
}

/**
 * Up to `count` lengths of groups of equal values, spread evenly along
 * (false positive rate + true positive rate) so that the steep start of the curve keeps its shape.
 */
function sampleGroupEnds(
  table: LocalisationTable,
  hits: Uint32Array,
  count: number,
): readonly number[] {
  const { values, truthVoxels } = table
  const negatives = Math.max(values.length - truthVoxels, 1)
  const length = (k: number) => {
    const inside = hits[k] ?? 0
    return (k - inside) / negatives + inside / truthVoxels
  }
  const total = length(values.length)
  const ends: number[] = []
  for (let i = 1; i <= count; i++) {
    const position = firstIndex(values.length, (k) => length(k) >= (total * i) / count)
    const value = values[Math.max(position, 1) - 1] ?? 0
    const end = countAtLeast(table, value)
    // The boundary nearer to the wanted place; the last one is the whole list.
    const start = countAbove(table, value)
    const nearer = i < count && start > 0 && position - start < end - position ? start : end
    if (nearer > (ends.at(-1) ?? 0)) ends.push(nearer)
  }
  return ends
}

/** Smallest k in 1..size with isTrue(k); isTrue is monotone; size if none before. */
function firstIndex(size: number, isTrue: (k: number) => boolean): number {
  let low = 1
  let high = size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isTrue(middle)) high = middle
    else low = middle + 1
  }
  return low
}
