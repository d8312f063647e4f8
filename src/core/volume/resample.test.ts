import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedVolumes, toAffine, volumeFile } from '../../../parity/volume-fixtures.ts'
import { applyAffine, composeAffines, diagonalAffine, type Triple } from './affine.ts'
import { mapToVolume } from './map-to-volume.ts'
import { readNifti } from './nifti-read.ts'
import { reorient } from './orientation.ts'
import { type Grid, resample } from './resample.ts'
import { putChannel, tensorDims } from './tensor-layout.ts'
import type { Volume } from './volume.ts'

const identity = diagonalAffine([1, 1, 1], [0, 0, 0])

function line(values: readonly number[]): Volume {
  return { data: Float32Array.from(values), dims: [values.length, 1, 1], affine: identity }
}

/** A volume whose values are a linear function of the place in millimetres. */
function ramp(grid: Grid, [a, b, c, d]: readonly [number, number, number, number]): Volume {
  const [nx, ny, nz] = grid.dims
  const data = Float32Array.from({ length: nx * ny * nz }, (_, index) => {
    const voxel: Triple = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / nx / ny)]
    const [x, y, z] = applyAffine(grid.affine, voxel)
    return a * x + b * y + c * z + d
  })
  return { data, dims: grid.dims, affine: grid.affine }
}

describe('resample', () => {
  const source = readNifti(volumeFile('resample-source.nii.gz')).volume

  test.each(expectedVolumes.resampled)('$interpolation, $name grid, as SciPy', (expected) => {
    const grid = { dims: expected.dims, affine: toAffine(expected.affine) }
    const values = resample(source, grid, expected.interpolation)
    const gap = Math.max(
      ...expected.values.map((value, n) => Math.abs(value - (values[n] ?? Number.NaN))),
    )
    expect(gap).toBeLessThan(1e-5)
    expect(expected.values.some((value) => value === 0)).toBe(expected.name !== 'coarser')
  })

  test('by hand: held for half a voxel beyond the edge, 0 further out', () => {
    const grid: Grid = { dims: [9, 1, 1], affine: diagonalAffine([0.5, 1, 1], [-1, 0, 0]) }
    expect([...resample(line([2, 4, 8]), grid, 'trilinear')]).toEqual([0, 2, 2, 3, 4, 6, 8, 8, 0])
    expect([...resample(line([2, 4, 8]), grid, 'nearest')]).toEqual([0, 2, 2, 4, 4, 8, 8, 8, 0])
  })

  test('the same grid is copied, up to float32 rounding of its affine', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
          minLength: 24,
          maxLength: 24,
        }),
        fc.double({ min: -5e-7, max: 5e-7, noNaN: true }),
        (values, noise) => {
          const data = Float32Array.from(values, (value) => value + 0)
          const affine = diagonalAffine([-2, 1.5, 3], [90, -126, -72])
          const noisy = toAffine(affine.map((value, n) => (n < 12 ? value * (1 + noise) : value)))
          const grid: Grid = { dims: [4, 3, 2], affine: noisy }
          expect(resample({ data, dims: [4, 3, 2], affine }, grid, 'trilinear')).toEqual(data)
          expect(resample({ data, dims: [4, 3, 2], affine }, grid, 'nearest')).toEqual(data)
        },
      ),
    )
  })

  test('turned axes are only looked up differently', () => {
    const turned = reorient(source, 'SPL')
    expect(resample(source, turned, 'trilinear')).toEqual(turned.data)
    expect(resample(turned, source, 'nearest')).toEqual(source.data)
  })

  test('linear ramps are exact inside, whatever the two grids', () => {
    const slope = fc.double({ min: -2, max: 2, noNaN: true })
    fc.assert(
      fc.property(
        fc.tuple(slope, slope, slope, slope),
        fc.double({ min: -0.6, max: 0.6, noNaN: true }),
        fc.double({ min: 0.4, max: 1.6, noNaN: true }),
        (coefficients, angle, scale) => {
          const big: Grid = {
            dims: [12, 11, 10],
            affine: diagonalAffine([-1, 1.2, 1.5], [5, -6, -7]),
          }
          const [s, c] = [Math.sin(angle), Math.cos(angle)]
          const turn = toAffine([c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
          const small: Grid = {
            dims: [4, 4, 4],
            affine: composeAffines(turn, diagonalAffine([scale, scale, scale], [-2, -2, -2])),
          }
          const values = resample(ramp(big, coefficients), small, 'trilinear')
          const exact = ramp(small, coefficients).data
          for (const [n, value] of values.entries())
            expect(Math.abs(value - exact[n]!)).toBeLessThan(1e-4)
        },
      ),
    )
  })
})

describe('map to volume', () => {
  test('volume -> model -> volume is exact for a ramp inside the model grid', () => {
    const volume: Grid = { dims: [10, 9, 8], affine: diagonalAffine([-1, 1, 1.5], [4, -4, -5]) }
    const model: Grid = {
      dims: [6, 5, 7],
      affine: diagonalAffine([1.4, 1.2, 1.3], [-3.5, -2.6, -4]),
    }
    const coefficients = [0.5, -0.25, 1, 3] as const
    const seen = resample(ramp(volume, coefficients), model, 'trilinear')
    for (const layout of ['NCIJK', 'NCKJI', 'NIJKC', 'KIJ']) {
      const dims = tensorDims(layout, model.dims, 1)
      const map = { data: new Float32Array(seen.length), dims }
      putChannel(seen, model.dims, map, layout, 0)
      const back = mapToVolume(map, layout, model, volume)
      const exact = ramp(volume, coefficients).data
      let inside = 0
      for (const [n, value] of back.entries()) {
        const voxel: Triple = [n % 10, Math.floor(n / 10) % 9, Math.floor(n / 90)]
        const place = applyAffine(volume.affine, voxel)
        const at = place.map((x, axis) => (x - [-3.5, -2.6, -4][axis]!) / [1.4, 1.2, 1.3][axis]!)
        if (at.every((x, axis) => x >= 0 && x <= model.dims[axis]! - 1)) {
          inside++
          expect(Math.abs(value - exact[n]!)).toBeLessThan(1e-5)
        }
        if (at.some((x, axis) => x < -0.51 || x > model.dims[axis]! - 0.49)) expect(value).toBe(0)
      }
      expect(inside).toBeGreaterThan(100)
    }
  })

  test('by hand: a coarse map covers the same box, channels are summed', () => {
    const grid: Grid = { dims: [4, 1, 1], affine: identity }
    const coarse = { data: Float32Array.of(1, 3, 10, 30), dims: [1, 2, 2, 1, 1] }
    // Summed: 11, 33 with centres at 0.5 and 2.5.
    expect([...mapToVolume(coarse, 'NCIJK', grid, grid)]).toEqual([11, 16.5, 27.5, 33])
  })

  test('by hand: the map of a 2-D model fills its slice only', () => {
    const volume: Grid = { dims: [2, 2, 4], affine: identity }
    const grid: Grid = { dims: [2, 2, 1], affine: diagonalAffine([1, 1, 1], [0, 0, 2]) }
    const map = { data: Float32Array.of(1, 2, 3, 4), dims: [1, 1, 2, 2] }
    const rows = mapToVolume(map, 'NCJI', grid, volume)
    expect([...rows]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0])
    const columns = mapToVolume(map, 'NCIJ', grid, volume)
    expect([...columns.subarray(8, 12)]).toEqual([1, 3, 2, 4])
  })

  test('a map of another rank or with several rows is refused', () => {
    const grid: Grid = { dims: [2, 1, 1], affine: identity }
    const map = (dims: number[]) => ({ data: new Float32Array(dims.reduce((a, b) => a * b)), dims })
    expect(() => mapToVolume(map([2, 2]), 'NCIJK', grid, grid)).toThrow(
      'A map of shape 2 x 2 does not fit the layout NCIJK of the model card.',
    )
    expect(() => mapToVolume(map([2, 1, 2, 1, 1]), 'NCIJK', grid, grid)).toThrow(
      'A map with 2 rows cannot go back onto one volume; give one row.',
    )
  })
})
