/** @file What several localisation metrics share. */

import type { LocalisationInput, Score } from './metric.ts'
import { tableOf } from './table-of.ts'

/** |m| / N: the share of evaluated voxels that lie in the truth. */
export function truthShare(input: LocalisationInput): number {
  const { values, truthVoxels } = tableOf(input)
  return truthVoxels / values.length
}

/**
 * Expected share in the truth of the k highest voxels when ties at the k-th place are drawn at
 * random: deterministic, and independent of the order in which voxels are stored.
 */
export function shareOfTopInTruth(input: LocalisationInput, k: number): number {
  const { values, hits } = tableOf(input)
  if (hits === null) return Number.NaN
  const last = values[k - 1]
  let start = k - 1
  while (start > 0 && values[start - 1] === last) start--
  let end = k
  while (end < values.length && values[end] === last) end++
  const certain = hits[start] ?? 0
  const tied = (hits[end] ?? 0) - certain
  return (certain + tied * ((k - start) / (end - start))) / k
}

/** Sum of the map inside the truth over its sum, inside the evaluation mask. */
export function massShare({ map, truth, evaluation }: LocalisationInput): number {
  let inside = 0
  let all = 0
  for (let i = 0; i < map.length; i++) {
    if (evaluation && evaluation[i] === 0) continue
    const value = map[i] ?? 0
    all += value
    if (truth[i] !== 0) inside += value
  }
  return inside / all
}

export function valueScore(
  value: number,
  chance?: number,
  details?: Readonly<Record<string, number>>,
): Score {
  return {
    kind: 'value',
    value,
    ...(chance === undefined ? {} : { chance }),
    ...(details === undefined ? {} : { details }),
  }
}
