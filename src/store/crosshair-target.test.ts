import { expect, test } from 'vitest'
import { crosshairClass, crosshairTarget } from './crosshair-target.ts'

/** 2 mm voxels, i to the left, j to the front, k to the top; voxel (0, 0, 0) at (10, -20, 30) mm. */
const grid = {
  dims: [8, 6, 4],
  affine: [-2, 0, 0, 10, 0, 2, 0, -20, 0, 0, 2, 30, 0, 0, 0, 1],
} as const

test('the voxel under the crosshair, in the order of the tensor', () => {
  // i = (10 - 4) / 2 = 3, j = (-12 + 20) / 2 = 4, k = (32 - 30) / 2 = 1.
  expect(crosshairTarget(2, [4, -12, 32], grid, 'NCIJK', [8, 6, 4])).toBe('2,3,4,1')
  expect(crosshairTarget(2, [4, -12, 32], grid, 'NCKJI', [4, 6, 8])).toBe('2,1,4,3')
  // Within half a voxel of a centre it is that voxel.
  expect(crosshairTarget(0, [4.9, -12.9, 31.1], grid, 'NCIJK', [8, 6, 4])).toBe('0,3,4,1')
})

test('a coarser output covers the same box', () => {
  // Cells of two voxels: voxels 2 and 3 are cell 1, 4 and 5 cell 2, 0 and 1 cell 0.
  expect(crosshairTarget(1, [4, -12, 32], grid, 'NCIJK', [4, 3, 2])).toBe('1,1,2,0')
})

test('outside the grid, or on an output without its axes, there is no place', () => {
  expect(() => crosshairTarget(1, [12, -12, 32], grid, 'NCIJK', [8, 6, 4])).toThrow(/outside/)
  expect(() => crosshairTarget(1, [4, -12, 32], grid, 'NCIJK', [8, 6])).toThrow(/does not lie/)
  const slice = { ...grid, dims: [8, 6, 1] } as const
  expect(crosshairTarget(1, [4, -12, 30.5], slice, 'NCIJ', [8, 6])).toBe('1,3,4')
  expect(() => crosshairTarget(1, [4, -12, 40], slice, 'NCIJ', [8, 6])).toThrow(/outside/)
})

test('the page has its own word for it', () => {
  expect(crosshairClass('3@crosshair')).toBe(3)
  expect(crosshairClass('3@predicted')).toBeNull()
})
