/** @file How far a place is from a mask. */

import { applyAffine } from './affine.ts'
import type { Affine } from './volume.ts'

/**
 * Millimetres from the centre of a voxel to the nearest voxel of the mask; 0 inside it, null where the
 * mask is empty. `mask` has i fastest.
 */
export function distanceToMaskMm(
  voxel: readonly [number, number, number],
  mask: Uint8Array,
  [nx, ny]: readonly [number, number, number],
  affine: Affine,
): number | null {
  const [x, y, z] = applyAffine(affine, voxel)
  let best = Number.POSITIVE_INFINITY
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at]) continue
    const i = at % nx
    const j = Math.floor(at / nx) % ny
    const k = Math.floor(at / (nx * ny))
    const [a, b, c] = applyAffine(affine, [i, j, k])
    best = Math.min(best, (a - x) ** 2 + (b - y) ** 2 + (c - z) ** 2)
  }
  return best === Number.POSITIVE_INFINITY ? null : Math.sqrt(best)
}

/** The voxel of the mask nearest to the mean place of its largest slice; null where it is empty. */
export function centreOfMask(
  mask: Uint8Array,
  [nx, ny, nz]: readonly [number, number, number],
): readonly [number, number, number] | null {
  const perSlice = Array.from({ length: nz }, () => 0)
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at]) continue
    const k = Math.floor(at / (nx * ny))
    perSlice[k] = (perSlice[k] ?? 0) + 1
  }
  const most = Math.max(0, ...perSlice)
  if (most === 0) return null
  const k = perSlice.indexOf(most)
  const inSlice: (readonly [number, number])[] = []
  for (let at = 0; at < nx * ny; at++) {
    if (mask[k * nx * ny + at]) inSlice.push([at % nx, Math.floor(at / nx)])
  }
  const mean = (axis: 0 | 1) => inSlice.reduce((sum, place) => sum + place[axis], 0) / most
  const [x, y] = [mean(0), mean(1)]
  const far = ([i, j]: readonly [number, number]) => (i - x) ** 2 + (j - y) ** 2
  const [i, j] = inSlice.reduce((best, place) => (far(place) < far(best) ? place : best))
  return [i, j, k]
}
