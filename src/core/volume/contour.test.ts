import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contours, type Polyline, sliceOf } from './contour.ts'

/** Shoelace formula; positive = the inside is on the left. */
function area(line: Polyline): number {
  let twice = 0
  for (let n = 0; n + 3 < line.length; n += 2) {
    twice += line[n]! * line[n + 3]! - line[n + 2]! * line[n + 1]!
  }
  return twice / 2
}

describe('contours', () => {
  test('by hand: one voxel is a diamond through the edge midpoints', () => {
    const [line, ...others] = contours([0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 3, 0.5)
    expect(others).toEqual([])
    const points = [...line!]
    expect(points.slice(0, 2)).toEqual(points.slice(-2))
    const corners = new Set([0, 2, 4, 6].map((at) => `${points[at]},${points[at + 1]}`))
    expect(corners).toEqual(new Set(['1,0.5', '1.5,1', '1,1.5', '0.5,1']))
    expect(area(line!)).toBeCloseTo(0.5, 6)
  })

  test('by hand: linear interpolation puts the line where the value is', () => {
    // Values 0 and 4 beside each other, level 1: a quarter of the way.
    const [line] = contours([0, 4, 0, 0, 4, 0, 0, 4, 0], 3, 3, 1)
    const xs = [...line!].filter((_, at) => at % 2 === 0)
    expect(Math.min(...xs)).toBeCloseTo(0.25, 6)
    expect(Math.max(...xs)).toBeCloseTo(1.75, 6)
  })

  test('a full slice is outlined half a voxel outside its centres', () => {
    const [line, ...others] = contours([1, 1, 1, 1], 2, 2, 0.5)
    expect(others).toEqual([])
    expect(Math.min(...line!)).toBe(-0.5)
    expect(Math.max(...line!)).toBe(1.5)
    // A square of side 2 with four corners cut: 4 - 4 / 8.
    expect(area(line!)).toBeCloseTo(3.5, 6)
  })

  test('diagonal voxels: apart at 0.5, a ring has an inner line the other way round', () => {
    expect(contours([1, 0, 0, 1], 2, 2, 0.5)).toHaveLength(2)
    expect(contours([3, 0, 0, 3], 2, 2, 1)).toHaveLength(1)
    const ring = contours([1, 1, 1, 1, 0, 1, 1, 1, 1], 3, 3, 0.5).map(area).sort()
    expect(ring).toEqual([expect.closeTo(-0.5, 6), expect.closeTo(8.5, 6)])
  })

  test('every outline is closed, and their area is that of the cut cells', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 49, maxLength: 49 }),
        (width, height, bits) => {
          const values = bits.slice(0, width * height)
          const lines = contours(values, width, height, 0.5)
          for (const line of lines) {
            expect([line[0], line[1]]).toEqual([line.at(-2), line.at(-1)])
            expect(line.length).toBeGreaterThanOrEqual(10)
          }
          // Per cell of four centres: 1/8, 1/2, 7/8 or 1 of it; two diagonal ones are 1/4 (apart).
          let expected = 0
          const at = (x: number, y: number): number =>
            x < 0 || y < 0 || x >= width || y >= height ? 0 : values[x + width * y]!
          for (let y = -1; y < height; y++) {
            for (let x = -1; x < width; x++) {
              const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)]
              const isDiagonal = a === c && b === d && a !== b
              expected += isDiagonal ? 0.25 : [0, 0.125, 0.5, 0.875, 1][a + b + c + d]!
            }
          }
          const total = lines.reduce((sum, line) => sum + area(line), 0)
          expect(total).toBeCloseTo(expected, 5)
        },
      ),
    )
  })

  test('slices of the three axes', () => {
    const volume = {
      data: Float32Array.from({ length: 24 }, (_, n) => n),
      dims: [2, 3, 4] as const,
    }
    expect(sliceOf(volume, 2, 1)).toEqual({
      values: Float32Array.of(6, 7, 8, 9, 10, 11),
      width: 2,
      height: 3,
    })
    expect(sliceOf(volume, 1, 2).values).toEqual(Float32Array.of(4, 5, 10, 11, 16, 17, 22, 23))
    expect([...sliceOf(volume, 0, 1).values].slice(0, 4)).toEqual([1, 3, 5, 7])
  })
})
