/** @file The grid of every generated subject: 96^3 voxels of 2 mm, RAS, about MNI. */

import type { Affine } from '../../src/core/volume/volume.ts'

export const SIZE = 96
export const SPACING_MM = 2
/** Millimetres of voxel (0, 0, 0): the brain sits in the middle of the grid. */
export const ORIGIN_MM = [-95, -112, -88] as const
export const VOXELS = SIZE ** 3

export const gridAffine: Affine = [
  SPACING_MM,
  0,
  0,
  ORIGIN_MM[0],
  0,
  SPACING_MM,
  0,
  ORIGIN_MM[1],
  0,
  0,
  SPACING_MM,
  ORIGIN_MM[2],
  0,
  0,
  0,
  1,
]

/** Calls back with every voxel's index (x fastest) and its millimetres. */
export function forEachVoxel(visit: (index: number, x: number, y: number, z: number) => void) {
  let index = 0
  for (let k = 0; k < SIZE; k++) {
    for (let j = 0; j < SIZE; j++) {
      for (let i = 0; i < SIZE; i++) {
        visit(
          index++,
          ORIGIN_MM[0] + SPACING_MM * i,
          ORIGIN_MM[1] + SPACING_MM * j,
          ORIGIN_MM[2] + SPACING_MM * k,
        )
      }
    }
  }
}
