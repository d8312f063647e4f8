import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rankCorrelation } from './correlation.ts'

const floats = (...values: number[]) => Float32Array.from(values)

test('hand-worked ranks', () => {
  // Without ties: 1 - 6 sum(d^2) / (n (n^2 - 1)); ranks 1 2 3 4 5 and 2 1 4 3 5, d^2 sums to 4.
  expect(rankCorrelation(floats(1, 2, 3, 4, 5), floats(20, 10, 40, 30, 50))).toBeCloseTo(0.8, 12)
  expect(rankCorrelation(floats(1, 2, 3), floats(9, 4, -1))).toBeCloseTo(-1, 12)
  // With ties: Pearson of the ranks 1.5 1.5 3 4 and 1 2 3.5 3.5, that is of the deviations
  // -1 -1 .5 1.5 and -1.5 -.5 1 1: products add up to 4, squares to 4.5 and 4.5.
  expect(rankCorrelation(floats(7, 7, 8, 9), floats(0, 1, 5, 5))).toBeCloseTo(4 / 4.5, 12)
})

test('only what the mask holds counts', () => {
  const mask = Uint8Array.of(1, 0, 1, 0, 1)
  expect(rankCorrelation(floats(1, 99, 2, -9, 3), floats(4, 0, 5, 0, 6), mask)).toBeCloseTo(1, 12)
})

test('a constant map, or a single voxel, has none', () => {
  expect(rankCorrelation(floats(2, 2, 2), floats(1, 2, 3))).toBeNull()
  expect(rankCorrelation(floats(2, 3), floats(1, 2), Uint8Array.of(1, 0))).toBeNull()
})

test('rising functions change nothing, and it lies between -1 and 1', () => {
  const list = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 40 })
  fc.assert(
    fc.property(list, fc.infiniteStream(fc.integer({ min: -50, max: 50 })), (values, other) => {
      const a = Float32Array.from(values)
      const b = Float32Array.from(values, () => other.next().value ?? 0)
      const rank = rankCorrelation(a, b)
      const bent = rankCorrelation(
        a.map((value) => value ** 3),
        b,
      )
      expect(bent).toEqual(rank)
      if (rank !== null) expect(Math.abs(rank)).toBeLessThanOrEqual(1 + 1e-12)
    }),
  )
})
