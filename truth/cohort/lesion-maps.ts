/** @file Where white-matter lesions of one anatomy can be. */

import { smooth } from '../../src/core/tensor/smooth.ts'
import type { Anatomy } from './anatomy.ts'
import { ORIGIN_MM, SIZE, SPACING_MM, VOXELS } from './grid.ts'

export interface LesionMaps {
  /** Soft white matter in [0, 1]. */
  readonly white: Float32Array
  /** Running sums of how likely a lesion starts in a voxel. */
  readonly cumulative: Float64Array
}

/** Where lateral ventricles can be, in MNI millimetres: x, y, z. */
const CENTRE_MM = [
  [-40, 40],
  [-70, 50],
  [-20, 45],
] as const
const DIMS = [SIZE, SIZE, SIZE] as const
const AXES = [0, 1, 2] as const

/**
 * White matter from the T1 itself, without the deep grey nuclei; ventricles are wide CSF. The brain
 * stem and the cerebellum (below -25 mm) rarely carry lesions of this kind.
 */
export function lesionMaps(anatomy: Anatomy): LesionMaps {
  const t1 = Float32Array.from(anatomy.t1, (value) => value / 127.5)
  const blurred = smooth({ dims: DIMS, data: t1 }, 0.8, AXES).data
  const white = new Float32Array(VOXELS)
  for (let i = 0; i < VOXELS; i++) {
    const share = ((blurred[i] as number) - 0.78) / 0.1
    white[i] = Math.min(Math.max(share, 0), 1) * (1 - (anatomy.weight[i] as number) / 255)
  }
  const near = spreadOut(ventricles(t1))
  const most = near.reduce((a, b) => Math.max(a, b), 1e-6)
  const cumulative = new Float64Array(VOXELS)
  let sum = 0
  for (let i = 0; i < VOXELS; i++) {
    if ((white[i] as number) > 0.9) {
      const height = ORIGIN_MM[2] + SPACING_MM * Math.floor(i / (SIZE * SIZE))
      sum += ((near[i] as number) / most + 0.03) * (height < -25 ? 0.05 : 1)
    }
    cumulative[i] = sum
  }
  return { white, cumulative }
}

/** Blurred by 4 voxels; half the resolution is enough for something this smooth. */
function spreadOut(mask: Float32Array): Float32Array {
  const half = SIZE / 2
  const coarse = new Float32Array(half ** 3)
  for (let at = 0; at < coarse.length; at++) {
    const [i, j, k] = [at % half, Math.floor(at / half) % half, Math.floor(at / (half * half))]
    coarse[at] = mask[2 * (i + SIZE * (j + SIZE * k))] as number
  }
  const blurred = smooth({ dims: [half, half, half], data: coarse }, 2, AXES).data
  const result = new Float32Array(VOXELS)
  for (let at = 0; at < VOXELS; at++) {
    const i = (at % SIZE) >> 1
    const j = (Math.floor(at / SIZE) % SIZE) >> 1
    const k = Math.floor(at / (SIZE * SIZE)) >> 1
    result[at] = blurred[i + half * (j + half * k)] as number
  }
  return result
}

/** Dark voxels of the central box that a cube of 2 x 2 x 2 dark voxels covers: an opening. */
function ventricles(t1: Float32Array): Float32Array<ArrayBuffer> {
  const range = (axis: 0 | 1 | 2) =>
    CENTRE_MM[axis].map((mm) => Math.trunc((mm - ORIGIN_MM[axis]) / SPACING_MM))
  const [x0 = 0, x1 = 0] = range(0)
  const [y0 = 0, y1 = 0] = range(1)
  const [z0 = 0, z1 = 0] = range(2)
  const isDark = (at: number) => (t1[at] as number) > 0 && (t1[at] as number) < 0.5
  const opened = new Float32Array(VOXELS)
  const corners = [0, 1, SIZE, SIZE + 1].flatMap((at) => [at, at + SIZE * SIZE])
  for (let k = z0; k + 1 < z1; k++) {
    for (let j = y0; j + 1 < y1; j++) {
      for (let i = x0; i + 1 < x1; i++) {
        const at = i + SIZE * (j + SIZE * k)
        if (!corners.every((corner) => isDark(at + corner))) continue
        for (const corner of corners) opened[at + corner] = 1
      }
    }
  }
  return opened
}
