import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { softmax } from './softmax.ts'

describe('softmax', () => {
  it('gives the odds that the logarithms name', () => {
    const [a, b, c] = softmax([Math.log(1), Math.log(2), Math.log(5)])
    expect(a).toBeCloseTo(1 / 8, 12)
    expect(b).toBeCloseTo(2 / 8, 12)
    expect(c).toBeCloseTo(5 / 8, 12)
  })

  it('is the logistic function for two values', () => {
    expect(softmax(Float32Array.of(0.5, -1))[0]).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 12)
  })

  it('does not overflow, and underflows to zero', () => {
    expect(softmax([1000, 1000])).toEqual([0.5, 0.5])
    expect(softmax([3e38, -3e38])).toEqual([1, 0])
    expect(softmax([-1000])).toEqual([1])
    expect(softmax([])).toEqual([])
  })

  it('sums to one, keeps the order and ignores a shift', () => {
    const values = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(values, fc.double({ min: -30, max: 30, noNaN: true }), (list, shift) => {
        const shares = softmax(list)
        const shifted = softmax(list.map((value) => value + shift))
        expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
        for (const [i, share] of shares.entries()) {
          expect(shifted[i]).toBeCloseTo(share, 9)
          expect(share <= (shares[i + 1] ?? 1)).toBe(
            list[i + 1] === undefined || share === shares[i + 1] || list[i]! <= list[i + 1]!,
          )
        }
      }),
    )
  })
})
