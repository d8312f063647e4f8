import { expect, test } from 'vitest'
import type { MethodResult } from '../measure/measure-method.ts'
import { type Measures, measureIds } from '../measure/measures.ts'
import { choosePlanned } from '../measure/method-plan.ts'
import { summariseMethod } from './method-summary.ts'

const measures = (neuro: number): Measures => ({
  ...(Object.fromEntries(measureIds.map((id) => [id, 0.5])) as unknown as Measures),
  neuro,
})

function result(
  randomised: readonly (number | null)[],
  more: Partial<MethodResult> = {},
): MethodResult {
  return {
    planned: choosePlanned(['gradient'])[0]!,
    rows: randomised.map((alike, index) => ({
      index,
      measures: measures(index / 10),
      chance: 0.01,
      chanceNeuro: 0.02,
      isEmpty: alike === null,
      gap: null,
      randomised: alike,
    })),
    twins: [],
    permuted: [],
    timing: null,
    reason: null,
    ...more,
  }
}

const permuted = (seed: number, likeness: number | null) =>
  [0, 1, 2, 3, 4].map((index) => ({
    index,
    seed,
    likeness,
    neuro: seed / 10,
    isEmpty: likeness === null,
  }))
const everything = new Set([0, 1, 2, 3, 4])
const verdictOf = (...given: Parameters<typeof result>) =>
  summariseMethod(result(...given), everything)?.verdict

test('the verdict is of sizes, over seeds and cases, and needs five of them', () => {
  expect(verdictOf([0.1, 0.1, 0.1, 0.1, 0.1])).toBe('follows the weights')
  expect(verdictOf([-0.9, -0.8, -0.9, -0.9, -0.8])).toBe('follows the image')
  expect(verdictOf([0.9, 0.9, 0.9, 0.9])).toBe('not judged')
  expect(verdictOf([])).toBeUndefined()
  // One seed says image, two say weights.
  const mixed = { permuted: [...permuted(2, 0.1), ...permuted(3, 0.1)] }
  const summary = summariseMethod(result([0.9, 0.9, 0.9, 0.9, 0.9], mixed), everything)!
  expect(summary.verdict).toBe('unclear')
  expect(summary.permutations).toBe(3)
  expect(summary.randomised?.mean).toBeCloseTo(1.1 / 3, 12)
})

test('permuted networks that draw nothing leave nothing to judge', () => {
  const blank = { permuted: [...permuted(2, null), ...permuted(3, null)] }
  expect(verdictOf([0.1, 0.1, 0.1, 0.1, 0.1], blank)).toBe('not judged')
  expect(verdictOf([null, null, null, null, null])).toBe('not judged')
})

test('a first seed that was measured twice counts once', () => {
  const again = { permuted: permuted(1, 0.9) }
  expect(
    summariseMethod(result([0.1, 0.1, 0.1, 0.1, 0.1], again), everything)?.randomised,
  ).toMatchObject({
    mean: 0.1,
    count: 5,
  })
})

test('told right, subject less twin, over networks, cost', () => {
  const summary = summariseMethod(
    result([0.1, 0.1, null], {
      twins: [
        { index: 1, neuro: 0.05, isEmpty: false },
        { index: 2, neuro: 0.3, isEmpty: false },
        { index: 9, neuro: 0.9, isEmpty: false },
      ],
      permuted: [{ index: 1, seed: 2, likeness: 0.2, neuro: 0.5, isEmpty: false }],
      timing: { seconds: [1, 2, 3], forwardSeconds: [1, 1, 2], machine: 'quiet' },
    }),
    new Set([1, 2]),
  )!
  expect(summary.right?.neuro).toMatchObject({ mean: expect.closeTo(0.15, 12), count: 2 })
  expect(summary.right?.empty).toBe(1)
  // .1 - .05 and .2 - .3; the ninth case has no map of the subject.
  expect(summary.paired).toMatchObject({ mean: expect.closeTo(-0.025, 12), count: 2 })
  // This network has .1 on the case, the permuted one .5.
  expect(summary.permutedNeuro?.mean).toBeCloseTo(0.3, 12)
  expect(summary.cost).toMatchObject({
    seconds: { median: 2, low: 1.5, high: 2.5 },
    forwards: { median: 1.5 },
    repeats: 3,
  })
})
