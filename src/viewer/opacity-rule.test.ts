import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type OpacityRule, opacityOf } from './opacity-rule.ts'

const fading: OpacityRule = { signed: true, opacity: 0.8, threshold: 2, fade: true, fadePower: 1 }

describe('opacityOf', () => {
  it('is full from the threshold on, for both signs', () => {
    for (const value of [2, 2.5, -2, -7]) expect(opacityOf(value, fading)).toBe(0.8)
  })

  it('falls linearly (nilearn) or quadratically (AFNI) below', () => {
    expect(opacityOf(-1, fading)).toBeCloseTo(0.4, 12)
    expect(opacityOf(-1, { ...fading, fadePower: 2 })).toBeCloseTo(0.2, 12)
  })

  it('hides below the threshold when asked to', () => {
    expect(opacityOf(1.999, { ...fading, fade: false })).toBe(0)
    expect(opacityOf(2, { ...fading, fade: false })).toBe(0.8)
  })

  it('shows everything but exact zeros at threshold 0', () => {
    const all = { ...fading, threshold: 0 }
    expect(opacityOf(1e-9, all)).toBe(0.8)
    expect(opacityOf(0, all)).toBe(0)
  })

  it('hides negative values and NaN of an unsigned map', () => {
    expect(opacityOf(-5, { ...fading, signed: false })).toBe(0)
    expect(opacityOf(Number.NaN, fading)).toBe(0)
  })

  it('never grows as values shrink, and stays between 0 and the opacity', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true })
    void fc.assert(
      fc.property(number, number, fc.double({ min: 0, max: 5, noNaN: true }), (a, b, threshold) => {
        const rule = { ...fading, threshold }
        const [less, more] = Math.abs(a) < Math.abs(b) ? [a, b] : [b, a]
        expect(opacityOf(less, rule)).toBeLessThanOrEqual(opacityOf(more, rule))
        expect(opacityOf(more, rule)).toBeLessThanOrEqual(0.8)
      }),
    )
  })
})
