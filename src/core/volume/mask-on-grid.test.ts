import { describe, expect, test } from 'vitest'
import { diagonalAffine } from './affine.ts'
import { looksLikeMask } from './looks-like-mask.ts'
import { maskOnGrid, maskOnModelGrid } from './mask-on-grid.ts'
import type { Volume } from './volume.ts'

function mask(values: readonly number[], spacing = 1, start = 0): Volume {
  return {
    data: Float32Array.from(values),
    dims: [values.length, 1, 1],
    affine: diagonalAffine([spacing, 1, 1], [start, 0, 0]),
  }
}

describe('mask on a grid', () => {
  test('the same grid is taken as it is, without a note', () => {
    expect(maskOnGrid(mask([0, 2, 5, 0, 2]), mask([0, 0, 0, 0, 0]))).toEqual({
      mask: Uint8Array.of(0, 1, 1, 0, 1),
      voxels: 3,
      labels: [2, 5],
      note: null,
    })
    expect(maskOnGrid(mask([0, 2, 5, 0, 2]), mask([0, 0, 0, 0, 0]), 2).mask).toEqual(
      Uint8Array.of(0, 1, 0, 0, 1),
    )
  })

  test('another grid: nearest neighbour, and said', () => {
    const finer = maskOnGrid(mask([0, 1, 0]), mask([0, 0, 0, 0, 0, 0], 0.5, -0.25))
    expect([...finer.mask]).toEqual([0, 0, 1, 1, 0, 0])
    expect(finer.note).toBe(
      'The mask lies on another grid (3 x 1 x 1, 1 x 1 x 1 mm, RAS) than the volume (6 x 1 x 1, 0.5 x 1 x 1 mm, RAS) and was resampled to it, nearest neighbour.',
    )
  })

  test('shares between 0 and 1 are cut at a half, and said', () => {
    const shares = maskOnGrid(mask([0.2, 0.5, 0.7, 1]), mask([0, 0, 0, 0]))
    expect([...shares.mask]).toEqual([0, 0, 1, 1])
    expect(shares.note).toBe('Its values from 0 to 1 were cut at 0.5.')
    expect([...maskOnGrid(mask([0.2, 2.5]), mask([0, 0])).mask]).toEqual([1, 1])
  })

  const refusals: readonly [string, Volume, number | undefined, string][] = [
    [
      'empty',
      mask([0, 0, -1]),
      undefined,
      'The mask is empty: no voxel has a value above 0; choose another mask.',
    ],
    [
      'all below a half',
      mask([0, 0.25, 0.5]),
      undefined,
      'The mask is empty above 0.5; choose another mask.',
    ],
    [
      'a label that is not there',
      mask([0, 4, 9]),
      5,
      'The mask has no label 5; its labels are 4, 9.',
    ],
    [
      'elsewhere',
      mask([1, 1, 1], 1, 500),
      undefined,
      'The mask and the volume do not overlap in space; check that both come from the same scan or template.',
    ],
  ]
  test.each(refusals)('%s', (_, file, label, sentence) => {
    expect(() => maskOnGrid(file, mask([0, 0, 0]), label)).toThrow(
      expect.objectContaining({ name: 'Failure', message: sentence }),
    )
  })

  test("on the model's grid: image axes in tensor order, may be empty", () => {
    const truth: Volume = {
      data: Float32Array.of(0, 1, 0, 0, 0, 3),
      dims: [2, 3, 1],
      affine: diagonalAffine([1, 1, 1], [0, 0, 0]),
    }
    expect(maskOnModelGrid(truth, truth, 'NCKJI')).toEqual({
      data: Float32Array.of(0, 1, 0, 0, 0, 1),
      dims: [1, 3, 2],
    })
    expect(maskOnModelGrid(truth, truth, 'NIJC')).toEqual({
      data: Float32Array.of(0, 0, 0, 1, 0, 1),
      dims: [2, 3],
    })
    const away = { dims: [2, 3, 1], affine: diagonalAffine([1, 1, 1], [50, 0, 0]) } as const
    expect(maskOnModelGrid(truth, away, 'NCIJK', 3).data.some((value) => value !== 0)).toBe(false)
  })
})

describe('telling masks from images', () => {
  test.each([
    [[0, 0, 1, 1, 0, 1], true],
    [[0, 0, 255, 0], true],
    [[0, 3, 3, 3, 17, 17, 17, 0], true],
    [[12, 15, 13, 19, 14, 90], false],
    [[0, 0.5, 1], false],
    [[0, -1, 1], false],
    [[0, 0, 0], false],
    [[4, 4, 4], false],
    [[0, 0, 200000], false],
  ])('%j: %s', (values, is) => {
    expect(looksLikeMask(Float32Array.from(values))).toBe(is)
  })
})
