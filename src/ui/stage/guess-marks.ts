/** @file Guesses as the picture shows them: small balls with a dashed outline. */

import type { ImageLayer } from '../../store/data-state.ts'
import type { Guess } from '../../store/guess-slice.ts'
import type { MaskLayer } from '../../viewer/viewer-types.ts'

const radiusMm = 4

/** One mask with a ball around every guess, on the grid of the image. */
export function marksOf(guesses: readonly Guess[], { info, voxels }: ImageLayer): MaskLayer {
  const { dims, affine } = voxels
  const [nx, ny, nz] = dims
  const [sx, sy, sz] = info.spacingMm
  const mask = new Uint8Array(nx * ny * nz)
  const reach = (spacing: number) => Math.max(1, Math.ceil(radiusMm / spacing))
  for (const { voxel } of guesses) {
    const [i, j, k] = voxel
    for (let dk = -reach(sz); dk <= reach(sz); dk++)
      for (let dj = -reach(sy); dj <= reach(sy); dj++)
        for (let di = -reach(sx); di <= reach(sx); di++) {
          const [x, y, z] = [i + di, j + dj, k + dk]
          const isOnGrid = x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz
          const isNear = (di * sx) ** 2 + (dj * sy) ** 2 + (dk * sz) ** 2 <= radiusMm ** 2
          if (isOnGrid && (isNear || (di === 0 && dj === 0 && dk === 0)))
            mask[x + nx * (y + ny * z)] = 1
        }
  }
  const id = `guesses/${info.id}/${guesses.map(({ voxel }) => voxel.join('-')).join('/')}`
  return { id, dims, affine, mask, style: 'drawn', outline: true, filled: true, visible: true }
}
