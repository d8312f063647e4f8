/** @file The smallest box of voxels that holds everything above a value. */

import type { Triple } from './affine.ts'
import type { Volume } from './volume.ts'

export interface Box {
  /** First voxel along i, j, k. */
  readonly low: Triple
  /** Voxels along i, j, k. */
  readonly size: Triple
}

/** Null when no voxel is above `threshold`. */
export function boundingBox({ data, dims }: Volume, threshold: number): Box | null {
  const [nx, ny, nz] = dims
  const low = [nx, ny, nz] as [number, number, number]
  const high = [-1, -1, -1] as [number, number, number]
  let index = 0
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let first = -1
      let last = -1
      for (let i = 0; i < nx; i++, index++) {
        if ((data[index] ?? 0) <= threshold) continue
        if (first < 0) first = i
        last = i
      }
      if (first < 0) continue
      low[0] = Math.min(low[0], first)
      high[0] = Math.max(high[0], last)
      low[1] = Math.min(low[1], j)
      high[1] = Math.max(high[1], j)
      low[2] = Math.min(low[2], k)
      high[2] = Math.max(high[2], k)
    }
  }
  if (high[0] < 0) return null
  return { low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] }
}
