/** @file Makes the table behind the live read-outs: sorts a map with its truth, in linear time. */

import type { LocalisationTable } from './localisation-table.ts'
import { descendingKey, sortKeys } from './sort-descending.ts'

/**
 * Sorts the voxels of `map` that lie inside `evaluation` (absent = all) by value, largest first, and
 * counts the truth voxels along the way. Voxels inside and outside the truth are sorted apart and
 * merged, so that no voxel index travels with its value. Values must be finite.
 */
export function buildLocalisationTable(
  map: Float32Array,
  truth: Uint8Array | null,
  evaluation: Uint8Array | null,
): LocalisationTable {
  const { inside, outside } = splitKeys(map, truth, evaluation)
  const hot = sortKeys(inside)
  const cold = sortKeys(outside)
  if (truth === null) return { values: decode(cold), hits: null, truthVoxels: 0 }
  const { merged, hits } = merge(hot, cold)
  return { values: decode(merged), hits, truthVoxels: hot.length }
}

function splitKeys(
  map: Float32Array,
  truth: Uint8Array | null,
  evaluation: Uint8Array | null,
): { readonly inside: Uint32Array<ArrayBuffer>; readonly outside: Uint32Array<ArrayBuffer> } {
  const bits = new Uint32Array(map.buffer, map.byteOffset, map.length)
  let insideCount = 0
  let outsideCount = 0
  for (let i = 0; i < bits.length; i++) {
    if (evaluation !== null && evaluation[i] === 0) continue
    if (truth !== null && truth[i] !== 0) insideCount++
    else outsideCount++
  }
  const inside = new Uint32Array(insideCount)
  const outside = new Uint32Array(outsideCount)
  insideCount = 0
  outsideCount = 0
  for (let i = 0; i < bits.length; i++) {
    if (evaluation !== null && evaluation[i] === 0) continue
    const value = bits[i] as number
    // Minus zero ranks with zero.
    const key = descendingKey(value === 0x80000000 ? 0 : value)
    if (truth !== null && truth[i] !== 0) inside[insideCount++] = key
    else outside[outsideCount++] = key
  }
  return { inside, outside }
}

/** Merges two ascending key lists; counts how many came from `hot`. */
function merge(
  hot: Uint32Array<ArrayBuffer>,
  cold: Uint32Array<ArrayBuffer>,
): { readonly merged: Uint32Array<ArrayBuffer>; readonly hits: Uint32Array<ArrayBuffer> } {
  const merged = new Uint32Array(hot.length + cold.length)
  const hits = new Uint32Array(merged.length + 1)
  let h = 0
  let c = 0
  for (let i = 0; i < merged.length; i++) {
    const takesHot =
      h < hot.length && (c >= cold.length || (hot[h] as number) <= (cold[c] as number))
    merged[i] = takesHot ? (hot[h++] as number) : (cold[c++] as number)
    hits[i + 1] = h
  }
  return { merged, hits }
}

/** Keys to floats, in place. */
function decode(keys: Uint32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  for (let i = 0; i < keys.length; i++) keys[i] = descendingKey(keys[i] as number)
  return new Float32Array(keys.buffer, keys.byteOffset, keys.length)
}
