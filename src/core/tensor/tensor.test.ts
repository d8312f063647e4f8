import { expect, test } from 'vitest'
import { readMetricFixture } from '../testing/metric-fixture.ts'
import { addScaledInto, filled, formatDims, lerp, rowSums, sameDims } from './arithmetic.ts'
import { distanceToMask } from './distance-transform.ts'
import { sigmaFromFwhm, smooth } from './smooth.ts'
import { argmax, countNonFinite, mean, quantile, range } from './statistics.ts'

const fixture = readMetricFixture()

const t = (dims: readonly number[], ...values: number[]) => ({
  dims,
  data: Float32Array.from(values),
})

test('lerp reaches both ends exactly', () => {
  const a = t([2], 0.1, -3)
  const b = t([2], 0.7, 5)
  expect(lerp(a, b, 0).data).toEqual(a.data)
  expect(lerp(a, b, 1).data).toEqual(b.data)
  expect([...lerp(a, b, 0.5).data]).toEqual([expect.closeTo(0.4, 6), 1])
  expect(() => lerp(a, t([1], 1), 0.5)).toThrow(/one is 2 and the other 1/)
})

test('a thousand small steps in float64 do not drift', () => {
  const sum = new Float64Array(1)
  const step = t([1], 0.1)
  for (let i = 0; i < 1000; i++) addScaledInto(sum, step, 0.001)
  expect(sum[0]).toBeCloseTo(Math.fround(0.1), 14)
})

test('sums per batch row over several inputs', () => {
  const tensors = [t([2, 2], 1, 2, 3, 4), t([2, 1], 10, 20)]
  expect(rowSums(tensors, 2)).toEqual([13, 27])
  expect(rowSums(tensors, 1)).toEqual([40])
  expect(rowSums([t([3], 1, 2, 3)], 2)).toBeNull()
})

test('small things', () => {
  expect(formatDims([1, 96, 96])).toBe('1x96x96')
  expect(formatDims([])).toBe('scalar')
  expect(sameDims([1, 2], [1, 2, 3])).toBe(false)
  expect(filled([2, 2], 3).data).toEqual(Float32Array.of(3, 3, 3, 3))
  const values = Float32Array.of(Number.NaN, -2, 7, 7, 1)
  expect(range(values)).toEqual({ min: -2, max: 7 })
  expect(argmax(values)).toBe(2)
  expect(argmax(values, 3)).toBe(0)
  expect(argmax(Float32Array.of(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY))).toBe(0)
  expect(argmax(Float32Array.of(Number.NaN))).toBe(-1)
  expect(mean(values, 1, 4)).toBe(4)
  expect(countNonFinite(values)).toBe(1)
  expect(quantile(Float32Array.of(4, 1, 3, 2), 0.5)).toBe(2.5)
  expect(sigmaFromFwhm(2)).toBeCloseTo(0.8493, 4)
})

test.each(fixture.smoothing)('SciPy smooths $dims alike', ({ dims, sigma, map, expected }) => {
  const axes = dims.map((_, axis) => axis)
  const smoothed = smooth({ dims, data: Float32Array.from(map) }, sigma, axes).data
  for (const [i, value] of expected.entries()) expect(smoothed[i]).toBeCloseTo(value, 5)
})

test.each(fixture.distance)('SciPy finds the same distances on $dims', (example) => {
  const squared = distanceToMask(Uint8Array.from(example.mask), example.dims)
  expect([...squared]).toEqual(example.squared)
})

test('an empty mask is infinitely far away', () => {
  expect([...distanceToMask(new Uint8Array(4), [2, 2])]).toEqual(
    new Array(4).fill(Number.POSITIVE_INFINITY),
  )
})
