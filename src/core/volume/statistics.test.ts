import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedVolumes } from '../../../parity/volume-fixtures.ts'
import { diagonalAffine } from './affine.ts'
import { boundingBox } from './bounding-box.ts'
import { histogramOf, momentsOf, percentilesOf, rangeOf } from './statistics.ts'

describe('statistics', () => {
  test('percentiles, mean and deviation as NumPy', () => {
    const { values, percents, percentiles, mean, std } = expectedVolumes.statistics
    const data = Float32Array.from(values)
    for (const [index, value] of percentilesOf(data, percents).entries()) {
      expect(value).toBeCloseTo(percentiles[index]!, 6)
    }
    expect(momentsOf(data).mean).toBeCloseTo(mean, 10)
    expect(momentsOf(data).std).toBeCloseTo(std, 10)
    expect([...data]).toEqual(values.map(Math.fround))
  })

  test('percentiles agree with a sort, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, percent) => {
          const sorted = [...values].sort((a, b) => a - b)
          const place = (percent / 100) * (sorted.length - 1)
          const low = sorted[Math.floor(place)]!
          const high = sorted[Math.ceil(place)]!
          const [value] = percentilesOf(Float32Array.from(values), [percent])
          expect(value).toBeCloseTo(low + (high - low) * (place - Math.floor(place)), 9)
        },
      ),
    )
  })

  test('by hand', () => {
    expect(rangeOf([3, 9, -2, 9])).toEqual({ min: -2, max: 9, maxIndex: 1 })
    expect(rangeOf([])).toEqual({ min: 0, max: 0, maxIndex: 0 })
    expect([...histogramOf([0, 1, 2, 3, 4, 7], 2, { min: 0, max: 4 })]).toEqual([2, 3])
    expect(percentilesOf(new Float32Array(0), [50])).toEqual([0])
  })

  test('bounding box', () => {
    const data = new Float32Array(4 * 5 * 6)
    const affine = diagonalAffine([1, 1, 1], [0, 0, 0])
    expect(boundingBox({ data, dims: [4, 5, 6], affine }, 0)).toBeNull()
    data[1 + 4 * (2 + 5 * 3)] = 2
    data[2 + 4 * (0 + 5 * 4)] = 3
    expect(boundingBox({ data, dims: [4, 5, 6], affine }, 0)).toEqual({
      low: [1, 0, 3],
      size: [2, 3, 2],
    })
    expect(boundingBox({ data, dims: [4, 5, 6], affine }, 2)).toEqual({
      low: [2, 0, 4],
      size: [1, 1, 1],
    })
  })
})
