import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedVolumes, toAffine } from '../../../parity/volume-fixtures.ts'
import {
  applyAffine,
  composeAffines,
  diagonalAffine,
  invertAffine,
  isUsableAffine,
  largestShift,
  moveOrigin,
  spacingOf,
} from './affine.ts'
import { orientationOf, reorient, turnBetween, turnGrid } from './orientation.ts'
import { affineFromQform, qformFromAffine } from './quaternion.ts'
import type { Volume } from './volume.ts'

/** Column 0 = 2 mm to the left, column 1 = 3 mm up, column 2 = 4 mm to the front. */
const mixed = toAffine([-2, 0, 0, 10, 0, 0, 4, 20, 0, 3, 0, 30, 0, 0, 0, 1])

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true })
const size = fc.double({ min: 0.2, max: 5, noNaN: true })
const place = fc.double({ min: -200, max: 200, noNaN: true })
/** Any rotation, spacing, handedness and offset: z-x-z turns. */
const anyAffine = fc
  .tuple(angle, angle, angle, size, size, size, fc.boolean(), place, place, place)
  .map(([a, b, c, sx, sy, sz, isFlipped, x, y, z]) => {
    const about = (axis: 'x' | 'z', t: number) => {
      const [s, k] = [Math.sin(t), Math.cos(t)]
      return toAffine(
        axis === 'z'
          ? [k, -s, 0, 0, s, k, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
          : [1, 0, 0, 0, 0, k, -s, 0, 0, s, k, 0, 0, 0, 0, 1],
      )
    }
    const turn = composeAffines(about('z', a), composeAffines(about('x', b), about('z', c)))
    const scale = diagonalAffine([sx, sy, isFlipped ? -sz : sz], [0, 0, 0])
    return composeAffines(diagonalAffine([1, 1, 1], [x, y, z]), composeAffines(turn, scale))
  })

function expectSame(actual: readonly number[], expected: readonly number[], tolerance = 1e-9) {
  expect(
    Math.max(...actual.map((value, n) => Math.abs(value - (expected[n] ?? Number.NaN)))),
  ).toBeLessThan(tolerance)
}

describe('affine', () => {
  test('by hand', () => {
    expect(applyAffine(mixed, [1, 1, 1])).toEqual([8, 24, 33])
    expect(spacingOf(mixed)).toEqual([2, 3, 4])
    expect(orientationOf(mixed)).toBe('LSA')
    expect(invertAffine(mixed)).toEqual(
      toAffine([-0.5, 0, 0, 5, 0, 0, 1 / 3, -10, 0, 0.25, 0, -5, 0, 0, 0, 1]).map((value) =>
        expect.closeTo(value, 12),
      ),
    )
    expect(applyAffine(moveOrigin(mixed, [1, 2, 3]), [0, 0, 0])).toEqual(
      applyAffine(mixed, [1, 2, 3]),
    )
    expect(largestShift(mixed, moveOrigin(mixed, [0, 0.5, 0]), [4, 4, 4])).toBeCloseTo(0.5, 12)
  })

  test('unusable: zero, NaN, two equal columns', () => {
    expect(isUsableAffine(diagonalAffine([0, 1, 1], [0, 0, 0]))).toBe(false)
    expect(isUsableAffine(diagonalAffine([Number.NaN, 1, 1], [0, 0, 0]))).toBe(false)
    expect(isUsableAffine(toAffine([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]))).toBe(false)
    expect(isUsableAffine(diagonalAffine([1e-5, 1e-5, 1e-5], [0, 0, 0]))).toBe(true)
    expect(invertAffine(diagonalAffine([0, 1, 1], [0, 0, 0]))).toBeNull()
  })

  test('inverse undoes', () => {
    fc.assert(
      fc.property(anyAffine, (affine) => {
        const inverse = invertAffine(affine)
        expect(inverse).not.toBeNull()
        expectSame(composeAffines(inverse!, affine), diagonalAffine([1, 1, 1], [0, 0, 0]), 1e-7)
      }),
    )
  })

  test('qform round trip of every rotation, both hands', () => {
    fc.assert(
      fc.property(anyAffine, (affine) => {
        const qform = qformFromAffine(affine)
        expect(qform).not.toBeNull()
        expect(Math.hypot(...qform!.quaternion)).toBeLessThan(1 + 1e-9)
        // Near a half turn a is lost below its square root of 1e-7, as in every NIfTI reader.
        const rest = 1 - Math.hypot(...qform!.quaternion) ** 2
        expectSame(affineFromQform(qform!), affine, rest < 1e-6 ? 5e-3 : 1e-5)
      }),
    )
  })

  test('a sheared affine has no qform', () => {
    expect(qformFromAffine(toAffine([1, 0.2, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]))).toBeNull()
  })
})

describe('orientation', () => {
  test.each(expectedVolumes.orientations)('$code as nibabel.aff2axcodes', ({ affine, code }) => {
    expect(orientationOf(toAffine(affine))).toBe(code)
  })

  test.each([
    [40, 'RAS'],
    [50, 'ALS'],
    [140, 'LPS'],
    [230, 'PRS'],
  ])('by hand: turned by %i degrees about the vertical', (degrees, code) => {
    const [s, c] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
    expect(orientationOf(toAffine([c, -s, 0, 0, s, c, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]))).toBe(code)
  })

  test('by hand: a 2 x 3 x 1 image turned from RAS to PRS', () => {
    const ras: Volume = {
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
      dims: [2, 3, 1],
      affine: diagonalAffine([1, 1, 1], [0, 0, 0]),
    }
    const turned = reorient(ras, 'PRS')
    expect([...turned.data]).toEqual([5, 3, 1, 6, 4, 2])
    expect(turned.dims).toEqual([3, 2, 1])
    expect(turned.affine).toEqual([0, 1, 0, 0, -1, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 1])
  })

  const codes = fc
    .tuple(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), fc.integer({ min: 0, max: 7 }))
    .map(([axes, signs]) =>
      axes.map((axis) => ['RL', 'AP', 'SI'][axis]!.charAt((signs >> axis) & 1)).join(''),
    )
  const volumes = fc
    .tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      anyAffine,
    )
    .map(
      ([nx, ny, nz, affine]): Volume => ({
        data: Float32Array.from({ length: nx * ny * nz }, (_, index) => index),
        dims: [nx, ny, nz],
        affine,
      }),
    )

  test('turning there and back changes nothing, and every voxel stays where it is', () => {
    fc.assert(
      fc.property(volumes, codes, (volume, code) => {
        const turned = reorient(volume, code)
        expect(orientationOf(turned.affine)).toBe(code)
        const back = reorient(turned, orientationOf(volume.affine))
        expect(back.data).toEqual(volume.data)
        expect(back.dims).toEqual(volume.dims)
        expectSame(back.affine, volume.affine, 1e-9)
        const [nx, ny] = turned.dims
        const inverse = invertAffine(volume.affine)!
        for (const [index, value] of turned.data.entries()) {
          const voxel = [
            index % nx,
            Math.floor(index / nx) % ny,
            Math.floor(index / nx / ny),
          ] as const
          const old = applyAffine(inverse, applyAffine(turned.affine, voxel)).map(Math.round)
          expect(volume.data[old[0]! + volume.dims[0] * (old[1]! + volume.dims[1] * old[2]!)]).toBe(
            value,
          )
        }
      }),
    )
  })

  test('the grid turns as the volume does', () => {
    const { dims, affine } = turnGrid(
      [2, 3, 1],
      diagonalAffine([1, 1, 1], [0, 0, 0]),
      turnBetween('RAS', 'PRS'),
    )
    expect(dims).toEqual([3, 2, 1])
    expect(applyAffine(affine, [0, 0, 0])).toEqual([0, 2, 0])
  })
})
