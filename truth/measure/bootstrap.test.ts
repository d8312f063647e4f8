import { expect, test } from 'vitest'
import { bootstrapCrossed, bootstrapMean, quantileOf } from './bootstrap.ts'
import { wilsonInterval } from './wilson.ts'

test('quantiles are linear between order statistics', () => {
  const values = Float64Array.of(1, 2, 4, 8)
  expect(quantileOf(values, 0)).toBe(1)
  expect(quantileOf(values, 1)).toBe(8)
  expect(quantileOf(values, 0.5)).toBe(3)
  expect(quantileOf(values, 0.25)).toBeCloseTo(1.75, 12)
  expect(quantileOf(Float64Array.of(5), 0.975)).toBe(5)
})

/** Brute force: the means of all n^n equally likely resamples, each once. */
function exactInterval(values: readonly number[]): readonly [number, number] {
  const means: number[] = []
  const count = values.length
  for (let code = 0; code < count ** count; code++) {
    let rest = code
    let sum = 0
    for (let n = 0; n < count; n++) {
      sum += values[rest % count]!
      rest = Math.floor(rest / count)
    }
    means.push(sum / count)
  }
  const sorted = Float64Array.from(means).sort()
  return [quantileOf(sorted, 0.025), quantileOf(sorted, 0.975)]
}

test.each([[[0.1, 0.35, 0.2, 0.9, 0.55, 0.6]], [[0, 0, 1, 0, 1, 0]], [[3, -1, 4, 1, 5, 9]]])(
  'the interval is that of all resamples: %j',
  (values) => {
    const estimate = bootstrapMean(values, 40_000)!
    const [low, high] = exactInterval(values)
    const spread = Math.max(...values) - Math.min(...values)
    expect(estimate.mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12)
    // Discrete means lie a sixth of a step apart.
    expect(Math.abs(estimate.low - low)).toBeLessThan(0.02 * spread)
    expect(Math.abs(estimate.high - high)).toBeLessThan(0.02 * spread)
  },
)

test('rows and columns: the interval is that of all resamples of both', () => {
  const table = [
    [0.1, 0.7, 0.2],
    [0.9, 0.4, 0.8],
  ]
  const values = table.flatMap((row, at) =>
    row.map((value, column) => ({ row: at, column, value })),
  )
  const means: number[] = []
  for (const a of [0, 1])
    for (const b of [0, 1])
      for (let code = 0; code < 27; code++) {
        const columns = [code % 3, Math.floor(code / 3) % 3, Math.floor(code / 9)]
        const drawn = [a, b].flatMap((row) => columns.map((column) => table[row]![column]!))
        means.push(drawn.reduce((x, y) => x + y) / drawn.length)
      }
  const sorted = Float64Array.from(means).sort()
  const estimate = bootstrapCrossed(values)!
  expect(estimate.mean).toBeCloseTo(3.1 / 6, 12)
  expect(estimate.count).toBe(6)
  expect(Math.abs(estimate.low - quantileOf(sorted, 0.025))).toBeLessThan(0.04)
  expect(Math.abs(estimate.high - quantileOf(sorted, 0.975))).toBeLessThan(0.04)
  expect(bootstrapCrossed([])).toBeNull()
  expect(bootstrapCrossed([{ row: 3, column: 7, value: 0.5 }])).toMatchObject({
    low: 0.5,
    high: 0.5,
  })
})

test('seeded; one value has no width; nothing has no estimate', () => {
  expect(bootstrapMean([1, 2, 5])).toEqual(bootstrapMean([1, 2, 5]))
  expect(bootstrapMean([0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25, count: 1 })
  expect(bootstrapMean([])).toBeNull()
})

test("Wilson's interval: worked by hand, and the ends", () => {
  // 8 of 10, z = 2: centre (.8 + .2) / 1.4, half width 2 sqrt(.016 + .01) / 1.4.
  const [low, high] = wilsonInterval(8, 10, 2)
  expect(low).toBeCloseTo(1 / 1.4 - (2 * Math.sqrt(0.026)) / 1.4, 12)
  expect(high).toBeCloseTo(1 / 1.4 + (2 * Math.sqrt(0.026)) / 1.4, 12)
  // Both ends solve (p - share)^2 = z^2 p (1 - p) / n.
  for (const p of [low, high]) expect((p - 0.8) ** 2).toBeCloseTo((4 * p * (1 - p)) / 10, 12)
  expect(wilsonInterval(0, 20)[0]).toBe(0)
  expect(wilsonInterval(20, 20)[1]).toBeCloseTo(1, 12)
  expect(wilsonInterval(0, 0)).toEqual([0, 1])
})
