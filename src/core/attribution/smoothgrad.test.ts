import { describe, expect, test } from 'vitest'
import { createRandom } from '../tensor/random.ts'
import { analytic, contextOf, type Formula, t } from '../testing/analytic-model.ts'
import { gradient } from './gradient.ts'
import { integratedGradients } from './integrated-gradients.ts'
import type { Attribution } from './method.ts'
import { saliency } from './saliency.ts'
import { createSmoothgrad } from './smoothgrad.ts'

const smoothgrad = createSmoothgrad([gradient, integratedGradients, saliency])

/** y = sum x_i^2 / 2, gradient x: the samples of the gradient are the noisy inputs themselves. */
const bowl: Formula = {
  score: ([v]) => v!.reduce((sum, a) => sum + (a * a) / 2, 0),
  slope: ([v]) => [Array.from(v!)],
}

describe('smoothgrad', () => {
  const input = t([2, 4], 0, 1, 2, 4, 10, 10, 10, 30)
  const options = { samples: 300, noise: 0.1, base: 'gradient', aggregate: 'mean' } as const
  const run = async (change: object, seed = 0): Promise<Attribution> =>
    smoothgrad.attribute(contextOf(analytic(bowl), [input], { ...options, ...change }, { seed }))

  test('sigma is noise times the range of each row', async () => {
    const { maps } = await run({ aggregate: 'variance' })
    const variance = [...maps[0]!.data]
    // Rows have ranges 4 and 20: sigma^2 = 0.16 and 4; 300 samples give it to about 8 %.
    for (const v of variance.slice(0, 4)) expect(v / 0.16).toBeGreaterThan(0.7)
    for (const v of variance.slice(0, 4)) expect(v / 0.16).toBeLessThan(1.3)
    for (const v of variance.slice(4)) expect(v / 4).toBeGreaterThan(0.7)
    for (const v of variance.slice(4)) expect(v / 4).toBeLessThan(1.3)
  })

  test('every aggregate is its formula over the samples', async () => {
    const random = createRandom(5)
    const samples = Array.from({ length: 7 }, () =>
      Array.from(input.data, (v, i) => Math.fround(v + (i < 4 ? 0.4 : 2) * random.normal())),
    )
    const mean = (f: (v: number) => number) =>
      Array.from(input.data, (_, i) => samples.reduce((sum, s) => sum + f(s[i]!), 0) / 7)
    const expected = {
      mean: mean((v) => v),
      'mean-square': mean((v) => v * v),
      'mean-magnitude': mean(Math.abs),
      variance: mean((v) => v * v).map((square, i) => square - mean((v) => v)[i]! ** 2),
    }
    for (const [aggregate, values] of Object.entries(expected)) {
      const { maps } = await run({ samples: 7, aggregate }, 5)
      for (const [i, v] of values.entries()) {
        expect(Math.abs(maps[0]!.data[i]! - v)).toBeLessThan(1e-5 * Math.max(1, Math.abs(v)))
      }
    }
  })

  test('without noise it is its base; the same seed gives the same map', async () => {
    const still = await run({ samples: 3, noise: 0 })
    expect(still.maps[0]!.data).toEqual(input.data)
    expect(still.scores).toEqual([10.5, 600])
    expect(still.completenessGap).toBeNull()
    const maps = await Promise.all([run({ samples: 3 }, 1), run({ samples: 3 }, 1), run({}, 2)])
    expect(maps[0]!.maps).toEqual(maps[1]!.maps)
    expect(maps[0]!.maps).not.toEqual(maps[2]!.maps)
  })

  test('runs any base, counts its cost, and knows whether the map has a sign', async () => {
    const model = analytic(bowl)
    const change = { ...options, samples: 2, noise: 0, base: 'integrated-gradients' } as const
    const { maps } = await smoothgrad.attribute(contextOf(model, [input], change))
    // x times the integral of a x over a in [0, 1] is x^2 / 2.
    for (const [i, v] of input.data.entries()) expect(maps[0]!.data[i]).toBeCloseTo(v ** 2 / 2, 4)
    const cost = smoothgrad.cost(change, [])
    expect(cost).toEqual({ forwards: 5, gradients: 100 })
    expect(model.runs()).toBe(105)
    expect(smoothgrad.signed(options)).toBe(true)
    expect(smoothgrad.signed({ ...options, aggregate: 'variance' })).toBe(false)
    expect(smoothgrad.signed({ ...options, base: 'saliency' })).toBe(false)
  })
})
