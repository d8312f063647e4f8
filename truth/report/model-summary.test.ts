import { expect, test } from 'vitest'
import { summariseCrossed, summariseModel } from './model-summary.ts'

test('a model by hand: right, in order, area', () => {
  const rows = [
    { signal: 1, quiet: -1 },
    { signal: 2, quiet: 3 },
    { signal: -1, quiet: -2 },
  ]
  const model = summariseModel('main', 'abc', rows)
  expect(model.accuracy).toMatchObject({ share: 4 / 6, count: 6 })
  expect([model.sensitivity, model.specificity, model.ordered]).toEqual([2 / 3, 2 / 3, 2 / 3])
  // 1 wins against -1 and -2, 2 too, -1 against -2 and half against -1.
  expect(model.auc).toBeCloseTo(5.5 / 9, 12)
})

test('a shift that orders every pair is lost among subjects, and single draws say anything', () => {
  const rows = Array.from({ length: 40 }, (_, n) => ({
    signal: Math.sin(n * 1.7) + 0.01,
    quiet: Math.sin(n * 1.7),
  }))
  const { ordered, auc, drawnAuc } = summariseModel('main', 'abc', rows)
  expect(ordered).toBe(1)
  expect(auc).toBeCloseTo(0.5, 1)
  expect(drawnAuc[0]).toBeLessThan(0.4)
  expect(drawnAuc[1]).toBeGreaterThan(0.6)
})

test('parts of a signal', () => {
  const rows = [
    { leads: { both: 1, 'a alone': 2, neither: -1 } },
    { leads: { both: 3, 'a alone': -2, neither: -3 } },
  ]
  const crossed = summariseCrossed(rows, true)!
  expect(crossed.told.map(({ name, share }) => [name, share])).toEqual([
    ['both', 1],
    ['a alone', 0.5],
    ['neither', 0],
  ])
  expect(crossed.auc).toEqual({ 'a alone': 0.75, neither: 1 })
  expect(crossed.balancedAccuracy).toBeCloseTo((1 + 0.75) / 2, 12)
  expect(summariseCrossed(rows, false)?.balancedAccuracy).toBeNull()
  expect(summariseCrossed([], true)).toBeNull()
})
