import { expect, test } from 'vitest'
import { centreOfMask, distanceToMaskMm } from './mask-distance.ts'
import type { Affine } from './volume.ts'

/** Voxels of 2 x 3 x 4 mm, i to the left. */
const affine: Affine = [-2, 0, 0, 10, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]
const dims = [4, 3, 2] as const

function maskAt(...voxels: readonly (readonly [number, number, number])[]): Uint8Array {
  const mask = new Uint8Array(24)
  for (const [i, j, k] of voxels) mask[i + 4 * (j + 3 * k)] = 1
  return mask
}

test('millimetres to the nearest voxel, by hand', () => {
  const mask = maskAt([3, 2, 1], [0, 2, 0])
  expect(distanceToMaskMm([3, 2, 1], mask, dims, affine)).toBe(0)
  expect(distanceToMaskMm([2, 2, 1], mask, dims, affine)).toBe(2)
  expect(distanceToMaskMm([0, 0, 0], mask, dims, affine)).toBe(6)
  // 3 along i, 1 along j, 1 along k: to the other one it is 0, 1, 1.
  expect(distanceToMaskMm([0, 1, 1], mask, dims, affine)).toBeCloseTo(Math.hypot(3, 4), 12)
  expect(distanceToMaskMm([0, 1, 1], maskAt([3, 2, 0]), dims, affine)).toBeCloseTo(
    Math.hypot(6, 3, 4),
    12,
  )
  expect(distanceToMaskMm([0, 0, 0], maskAt(), dims, affine)).toBeNull()
})

test('the centre lies in the mask, in its largest slice', () => {
  // An L: its mean is (1/3, 1/3), and the nearest of its voxels is the corner.
  expect(centreOfMask(maskAt([3, 0, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]), dims)).toEqual([0, 0, 1])
  // Two far parts: the mean lies between them, the answer in one of them.
  expect(centreOfMask(maskAt([0, 0, 0], [3, 0, 0]), dims)).toEqual([0, 0, 0])
  expect(centreOfMask(maskAt(), dims)).toBeNull()
})
