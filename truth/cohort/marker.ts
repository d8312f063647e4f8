/** @file A fiducial capsule beside the head, as a scanner's positioning marker: the shortcut. */

import type { Random } from '../../src/core/tensor/random.ts'
import type { MarkerConfig } from './config.ts'
import { SIZE, VOXELS } from './grid.ts'
import { between, coin } from './streams.ts'

/** Noise inside the capsule, in stored units. */
const NOISE = 4

/** Where the capsule is, and what it looks like there. */
export interface Marker {
  readonly mask: Uint8Array<ArrayBuffer>
  readonly value: Float32Array
}

/** An upright capsule left or right of the brain. `image`: 0 outside the brain. */
export function drawMarker(random: Random, image: Float32Array, config: MarkerConfig): Marker {
  const radius = between(random, config.radius_voxels)
  const half = between(random, config.half_length_voxels)
  const side = coin(random) ? 1 : -1
  const y0 = between(random, [38, 58])
  const z0 = between(random, [36, 56])
  const edge = brainEdge(image, side, Math.floor(y0), Math.floor(z0))
  const beside = edge + side * (radius + between(random, config.gap_voxels))
  const x0 = Math.min(Math.max(beside, radius + 0.5), SIZE - 1.5 - radius)
  const level = between(random, config.level)
  const mask = new Uint8Array(VOXELS)
  const value = new Float32Array(VOXELS)
  let index = 0
  for (let k = 0; k < SIZE; k++) {
    const along = Math.max(Math.abs(k - z0) - half, 0)
    for (let j = 0; j < SIZE; j++) {
      for (let i = 0; i < SIZE; i++, index++) {
        const soft = Math.min(radius - Math.hypot(i - x0, j - y0, along) + 0.5, 1)
        if (soft <= 0 || (image[index] as number) > 0) continue
        mask[index] = 1
        const noisy = Math.round(soft * level + NOISE * random.normal())
        value[index] = Math.min(Math.max(noisy, 1), 255)
      }
    }
  }
  return { mask, value }
}

/** The outermost sagittal slice of the brain near this height: its position along x. */
function brainEdge(image: Float32Array, side: 1 | -1, y: number, z: number): number {
  for (let n = 0; n < SIZE; n++) {
    const i = side > 0 ? SIZE - 1 - n : n
    for (let k = z - 10; k <= z + 10; k++) {
      for (let j = y - 8; j <= y + 8; j++) {
        if ((image[i + SIZE * (j + SIZE * k)] ?? 0) > 0) return i
      }
    }
  }
  return SIZE / 2
}
