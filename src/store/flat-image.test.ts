import { expect, test } from 'vitest'
import type { Affine } from '../core/volume/volume.ts'
import { layoutFor } from './flat-image.ts'

const straight: Affine = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1]
/** i to the front, j up, k to the left. */
const turned: Affine = [0, 0, -2, 0, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1]

test('one slice is shown as the plane that it is', () => {
  expect(layoutFor('multiplanar', { dims: [9, 9, 1], affine: straight })).toBe('axial')
  expect(layoutFor('render', { dims: [9, 1, 9], affine: straight })).toBe('coronal')
  expect(layoutFor('multiplanar', { dims: [9, 9, 1], affine: turned })).toBe('sagittal')
  expect(layoutFor('multiplanar', { dims: [1, 9, 9], affine: turned })).toBe('coronal')
  expect(layoutFor('coronal', { dims: [9, 9, 1], affine: straight })).toBe('axial')
})

test('a volume keeps its layout', () => {
  expect(layoutFor('multiplanar', { dims: [9, 9, 2], affine: straight })).toBe('multiplanar')
  expect(layoutFor('render', { dims: [2, 2, 2], affine: turned })).toBe('render')
})
