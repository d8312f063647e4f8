import { describe, expect, test } from 'vitest'
import { defaultOptions } from '../parse-options.ts'
import { readMetricFixture } from '../testing/metric-fixture.ts'
import { averagePrecision } from './average-precision.ts'
import { bestDice } from './best-dice.ts'
import { dice } from './dice.ts'
import { enrichment } from './enrichment.ts'
import { iou } from './iou.ts'
import { massCentreDistance } from './mass-centre-distance.ts'
import type { LocalisationInput, Score } from './metric.ts'
import { findMetric, metrics } from './metrics.ts'
import { pointingGame } from './pointing-game.ts'
import { precision } from './precision.ts'
import { recall } from './recall.ts'
import { relevanceMassAccuracy } from './relevance-mass-accuracy.ts'
import { relevanceRankAccuracy } from './relevance-rank-accuracy.ts'
import { rocAuc } from './roc-auc.ts'
import { handleSign } from './sign-handling.ts'
import { topKIntersection } from './top-k-intersection.ts'

const fixture = readMetricFixture()

function input(
  map: readonly number[],
  truth: readonly number[],
  more: Partial<LocalisationInput> = {},
): LocalisationInput {
  return {
    map: Float32Array.from(map),
    truth: Uint8Array.from(truth),
    dims: [map.length],
    ...more,
  }
}

function value(score: Score): number {
  if (score.kind === 'value') return score.value
  throw new Error(score.reason)
}

function reason(score: Score): string {
  return score.kind === 'unavailable' ? score.reason : `value ${score.value}`
}

const byPercentile = (percentile: number) => ({ threshold: Number.NaN, percentile })
const byValue = (threshold: number) => ({ threshold, percentile: 99 })

// Worked by hand: total 20, of which 8 + 1 inside; order 8* 5 4 2 1* 0.
const hand = input([5, 8, 0, 1, 2, 4], [0, 1, 0, 1, 0, 0])

test('by hand: mass 9/20, rank 1/2, enrichment 1.35', () => {
  expect(relevanceMassAccuracy.evaluate(hand, {})).toEqual({
    kind: 'value',
    value: 9 / 20,
    chance: 1 / 3,
  })
  expect(relevanceRankAccuracy.evaluate(hand, {})).toEqual({
    kind: 'value',
    value: 1 / 2,
    chance: 1 / 3,
  })
  expect(value(enrichment.evaluate(hand, {}))).toBeCloseTo(1.35, 12)
  expect(enrichment.evaluate(hand, {})).toMatchObject({ chance: 1 })
})

test('by hand: ROC area 5/8, average precision 0.7, best Dice 2/3 at 8', () => {
  // Pairs inside > outside: 8 beats 4 of 4, 1 beats 1 of 4. AP = (1 + 2/5) / 2.
  expect(value(rocAuc.evaluate(hand, {}))).toBe(5 / 8)
  expect(value(averagePrecision.evaluate(hand, {}))).toBeCloseTo(0.7, 12)
  expect(bestDice.evaluate(hand, {})).toEqual({
    kind: 'value',
    value: 2 / 3,
    chance: 0.5,
    details: { threshold: 8, percentile: 100, voxels: 1 },
  })
})

test('by hand: {a >= 4} is 8* 5 4', () => {
  expect(value(dice.evaluate(hand, byValue(4)))).toBe(2 / 5)
  expect(value(iou.evaluate(hand, byValue(4)))).toBe(1 / 4)
  expect(value(precision.evaluate(hand, byValue(4)))).toBe(1 / 3)
  expect(value(recall.evaluate(hand, byValue(4)))).toBe(1 / 2)
  // Chance of drawing 3 of 6 voxels with 2 in the truth: expected overlap 1.
  expect(dice.evaluate(hand, byValue(4))).toMatchObject({
    chance: expect.closeTo(2 / 5, 12),
    details: { threshold: 4, voxels: 3 },
  })
  expect(iou.evaluate(hand, byValue(4))).toMatchObject({ chance: expect.closeTo(1 / 4, 12) })
  expect(recall.evaluate(hand, byValue(4))).toMatchObject({ chance: 1 / 2 })
})

test('by hand: the 50th percentile of 0 1 2 4 5 8 is 3', () => {
  expect(dice.evaluate(hand, byPercentile(50))).toMatchObject({
    value: 2 / 5,
    details: { threshold: 3, voxels: 3 },
  })
})

test('nothing above the threshold: Dice 0, precision cannot be computed', () => {
  expect(value(dice.evaluate(hand, byValue(9)))).toBe(0)
  expect(value(recall.evaluate(hand, byValue(9)))).toBe(0)
  expect(reason(precision.evaluate(hand, byValue(9)))).toBe(
    'no voxel reaches the threshold 9: lower it',
  )
})

test('ties at the border count by their mean, in any order', () => {
  // Top 2 of 9* 3 3* 3 1: 9 is certain, one of three ties is drawn, one of which is inside.
  const shares = [
    [9, 3, 3, 3, 1],
    [9, 3, 3, 1, 3],
  ].map((map, i) =>
    value(relevanceRankAccuracy.evaluate(input(map, i ? [1, 0, 0, 0, 1] : [1, 0, 1, 0, 0]), {})),
  )
  for (const share of shares) expect(share).toBeCloseTo((1 + 1 / 3) / 2, 12)
  const tied = input([2, 2, 1, 0], [1, 0, 0, 0])
  expect(value(topKIntersection.evaluate(tied, { k: 1 }))).toBe(1 / 2)
  expect(value(pointingGame.evaluate(tied, { tolerance: 0 }))).toBe(1 / 2)
  expect(value(rocAuc.evaluate(tied, {}))).toBeCloseTo(2.5 / 3, 12)
})

test('top k, and a k beyond the map', () => {
  expect(value(topKIntersection.evaluate(hand, { k: 4 }))).toBe(1 / 4)
  expect(reason(topKIntersection.evaluate(hand, { k: 7 }))).toBe(
    'k is 7, but only 6 voxels are evaluated: choose a smaller k',
  )
})

test('pointing game with tolerance is Euclidean in voxels', () => {
  const map = [0, 0, 0, 0, 9, 0, 0, 0, 0]
  const truth = [1, 0, 0, 0, 0, 0, 0, 0, 0]
  const grid = input(map, truth, { dims: [3, 3] })
  const score = (tolerance: number) => value(pointingGame.evaluate(grid, { tolerance }))
  expect(score(0)).toBe(0)
  expect(score(1.4)).toBe(0)
  expect(score(1.5)).toBe(1)
  expect(pointingGame.evaluate(grid, { tolerance: 1 })).toMatchObject({ chance: 3 / 9 })
})

test('centres of mass in millimetres on an anisotropic grid', () => {
  // Map centre (0, 1), truth centre (1, 0): 1 step of 3 mm and 1 of 4 mm.
  const grid = input([1, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], { dims: [2, 3], spacingMm: [3, 4] })
  const score = massCentreDistance.evaluate(grid, {})
  expect(value(score)).toBeCloseTo(5, 12)
  expect(score).toMatchObject({ chance: expect.closeTo(Math.hypot(1.5, 4), 12) })
  expect(massCentreDistance.evaluate(hand, {})).toMatchObject({
    details: { 'assumed-spacing-mm': 1 },
  })
})

test.each(fixture.distance)('SciPy finds the same centre on $dims', ({ dims, mask, centre }) => {
  // A map with one hot voxel at the origin: the distance is that of the centre itself.
  const map = mask.map((_, i) => Number(i === 0))
  const score = massCentreDistance.evaluate(input(map, mask, { dims }), {})
  expect(value(score)).toBeCloseTo(Math.hypot(...centre), 9)
})

test('only the evaluation mask counts', () => {
  const masked = input([5, 8, 100, 1, 2, 4], [0, 1, 1, 1, 0, 0], {
    evaluation: Uint8Array.of(1, 1, 0, 1, 1, 1),
  })
  expect(value(relevanceMassAccuracy.evaluate(masked, {}))).toBe(9 / 20)
  expect(value(rocAuc.evaluate(masked, {}))).toBe(3 / 6)
  expect(value(pointingGame.evaluate(masked, { tolerance: 0 }))).toBe(1)
  expect(value(massCentreDistance.evaluate(masked, {}))).toBeCloseTo(
    Math.abs((8 * 1 + 1 * 3 + 2 * 4 + 4 * 5) / 20 - 2),
    12,
  )
})

describe('why it cannot be computed', () => {
  const cases: readonly [string, LocalisationInput, RegExp, readonly string[]][] = [
    ['empty mask', input([1, 2, 3], [0, 0, 0]), /truth mask is empty/, []],
    [
      'full mask',
      input([1, 2, 3], [1, 1, 1]),
      /covers every evaluated voxel/,
      ['best-dice', 'dice', 'iou', 'mass-centre-distance', 'precision', 'recall'],
    ],
    [
      'constant map',
      input([2, 2, 2], [0, 1, 0]),
      /constant \(2 everywhere\)/,
      ['enrichment', 'mass-centre-distance', 'relevance-mass-accuracy'],
    ],
    ['zero map', input([0, 0, 0], [0, 1, 0]), /constant \(0 everywhere\)|zero everywhere/, []],
    [
      'empty evaluation mask',
      input([1, 2, 3], [0, 1, 0], { evaluation: Uint8Array.of(0, 0, 0) }),
      /evaluation mask is empty/,
      [],
    ],
  ]
  test.each(cases)('%s', (_, data, expected, computable) => {
    for (const metric of metrics) {
      const score = metric.evaluate(data, { ...defaultOptions(metric.options), k: 1 })
      if (computable.includes(metric.id)) expect(Number.isFinite(value(score))).toBe(true)
      else expect(reason(score)).toMatch(expected)
    }
  })

  test('a signed map has no mass, its magnitude and positive part do', () => {
    const signed = Float32Array.of(-3, 1, 2)
    const truth = [1, 0, 1]
    const mass = (map: Float32Array) => relevanceMassAccuracy.evaluate(input([...map], truth), {})
    expect(reason(mass(signed))).toMatch(/negative values has no mass/)
    expect(value(mass(handleSign(signed, 'magnitude')))).toBe(5 / 6)
    expect(value(mass(handleSign(signed, 'positive')))).toBe(2 / 3)
    expect(value(rocAuc.evaluate(input([...signed], truth), {}))).toBe(1 / 2)
  })
})

describe.each(fixture.ranking)('scikit-learn and NumPy agree: $name', (example) => {
  const data = input(example.map, example.truth)
  test('ranking scores', () => {
    expect(value(rocAuc.evaluate(data, {}))).toBeCloseTo(example.rocAuc, 12)
    expect(value(averagePrecision.evaluate(data, {}))).toBeCloseTo(example.averagePrecision, 12)
    expect(value(bestDice.evaluate(data, {}))).toBeCloseTo(example.bestDice, 12)
  })
  test('mass of the magnitude, and rank', () => {
    const magnitude = { ...data, map: handleSign(Float32Array.from(example.map), 'magnitude') }
    expect(value(relevanceMassAccuracy.evaluate(magnitude, {}))).toBeCloseTo(
      example.massAccuracy,
      6,
    )
    if (example.rankAccuracy !== null) {
      expect(value(relevanceRankAccuracy.evaluate(data, {}))).toBeCloseTo(example.rankAccuracy, 12)
    }
  })
  test.each(example.percentiles)('threshold at percentile %d', (percentile) => {
    const at = example.percentiles.indexOf(percentile)
    const score = dice.evaluate(data, byPercentile(percentile))
    expect(score).toMatchObject({
      details: { threshold: expect.closeTo(example.values[at] ?? Number.NaN, 6) },
    })
  })
})

test('the list is alphabetical, ids are unique, and every entry says what it is', () => {
  const ids = metrics.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort())
  for (const metric of metrics) {
    expect(metric.definition.length).toBeGreaterThan(20)
    expect(metric.citation.url).toMatch(/^https:\/\//)
  }
})

test('an unknown metric names its neighbours', () => {
  expect(() => findMetric('roc-acu')).toThrow(/did you mean 'roc-auc'\?/)
  expect(() => findMetric('nonsense')).toThrow(
    /no metric 'nonsense': metrics are average-precision/,
  )
})
