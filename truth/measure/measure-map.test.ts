import { expect, test } from 'vitest'
import { measureLocalisation } from '../../src/core/metrics/measure-localisation.ts'
import type { Score } from '../../src/core/metrics/metric.ts'
import { neuro } from '../../src/core/metrics/presets.ts'
import { relevanceMassAccuracy } from '../../src/core/metrics/relevance-mass-accuracy.ts'
import { createRandom } from '../../src/core/tensor/random.ts'
import { dilate } from './dilate.ts'
import { lookInside, magnitudesAt } from './inside.ts'
import { type MeasuredCase, measureMap } from './measure-map.ts'

const dims = [9, 9, 5] as const
const at = (i: number, j: number, k: number) => i + 9 * (j + 9 * k)
const count = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0)

test('a mask grows by face neighbours and stops at the edge', () => {
  const mask = new Uint8Array(9 * 9 * 5)
  mask[at(4, 4, 2)] = 1
  // Voxels within a city-block distance of 1 and 2 of a point: 7 and 25.
  expect(count(dilate(mask, dims, 1))).toBe(7)
  const two = dilate(mask, dims, 2)
  expect(count(two)).toBe(25)
  expect(two[at(4, 4, 0)]).toBe(1)
  expect(two[at(2, 3, 2)]).toBe(0)
  const corner = new Uint8Array(9 * 9 * 5)
  corner[at(8, 8, 4)] = 1
  expect(count(dilate(corner, dims, 1))).toBe(4)
  expect(count(mask)).toBe(1)
})

function given(isRegion: boolean): MeasuredCase {
  const truth = new Uint8Array(9 * 9 * 5)
  for (const i of [3, 4]) truth[at(i, 4, 2)] = 1
  const brain = new Uint8Array(truth.length).fill(1)
  for (let n = 0; n < 9; n++) brain[at(n, 0, 0)] = 0
  return { inside: lookInside(brain, truth, dims), isRegion }
}

function measure(map: Float32Array, one: MeasuredCase) {
  return measureMap(magnitudesAt(map, one.inside.places), one)
}

test('worked by hand: two voxels in the truth, one near it, one far, one outside the brain', () => {
  const map = new Float32Array(9 * 9 * 5)
  map[at(3, 4, 2)] = -4
  map[at(4, 4, 2)] = 3
  map[at(5, 4, 2)] = 2
  map[at(8, 8, 4)] = 1
  map[at(5, 0, 0)] = 100
  const { measures, chance, chanceNeuro, isEmpty } = measure(map, given(true))
  expect(isEmpty).toBe(false)
  expect(chance).toBeCloseTo(2 / 396, 12)
  expect(chanceNeuro).toBeCloseTo(count(given(true).inside.wide) / 396, 12)
  expect(measures.mass).toBeCloseTo(7 / 10, 6)
  expect(measures['off-target']).toBeCloseTo(1 / 10, 6)
  expect(measures.enrichment).toBeCloseTo((7 / 10) * 198, 3)
  expect([measures.rank, measures['roc-auc'], measures.pointing]).toEqual([1, 1, 1])
  expect([measures['best-dice'], measures['average-precision']]).toEqual([1, 1])
  expect(measures.neuro).toBeGreaterThan(measures['neuro-strict'])
  // Without an atlas region the mask stays as it is.
  const lesion = measure(map, given(false))
  expect(lesion.measures.neuro).toBe(lesion.measures['neuro-strict'])
  expect(lesion.chanceNeuro).toBe(lesion.chance)
})

test('an empty map has no mass and ranks like chance', () => {
  const { measures, chance, isEmpty } = measure(new Float32Array(9 * 9 * 5), given(true))
  expect(isEmpty).toBe(true)
  expect(measures).toEqual({
    neuro: 0,
    'neuro-strict': 0,
    mass: 0,
    rank: chance,
    'roc-auc': 0.5,
    'average-precision': chance,
    'best-dice': (2 * chance) / (1 + chance),
    pointing: chance,
    enrichment: 0,
    'off-target': 1,
  })
})

/** A ball of `radius` about a centre, in voxels of a grid of 18 x 16 x 14. */
function ball([ci, cj, ck]: readonly number[], radius: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 18 * 16 * 14 }, (_, n) => {
    const [i, j, k] = [n % 18, Math.floor(n / 18) % 16, Math.floor(n / 288)]
    return Math.hypot(i - ci!, j - cj!, k - ck!) <= radius ? 1 : 0
  })
}

test.each([
  ['in the middle of the grid', [9, 8, 7], 5],
  ['against its border', [3, 8, 12], 6],
])('the same numbers as the read-out of the whole volume: a brain %s', (_, centre, radius) => {
  const random = createRandom(7)
  const brain = ball(centre, radius)
  const truth = ball([centre[0]! + 1, centre[1]!, centre[2]!], 2)
  const size = [18, 16, 14] as const
  // Rounded, so that there are ties.
  const map = Float32Array.from(brain, () => Math.round(8 * random.normal()) / 8)
  const inside = lookInside(brain, truth, size)
  const { measures, chance, chanceNeuro } = measure(map, { inside, isRegion: true })
  const order = [14, 16, 18]
  const whole = { map, truth, evaluation: brain, dims: order, spacingMm: [2, 2, 2] }
  const { scores } = measureLocalisation({ ...whole, sign: 'magnitude' })
  const value = (score: Score | undefined) => (score?.kind === 'value' ? score.value : Number.NaN)
  const wide = dilate(truth, size, 2)
  const preset = (mask: Uint8Array<ArrayBuffer>) =>
    value(neuro.measure({ map, truth: mask, brain, dims: order })['relevance-mass-accuracy'])
  const away = { map: map.map(Math.abs), truth: wide, evaluation: brain, dims: order }
  expect(measures).toEqual({
    neuro: preset(wide),
    'neuro-strict': preset(truth),
    mass: value(scores['relevance-mass-accuracy']),
    rank: value(scores['relevance-rank-accuracy']),
    'roc-auc': value(scores['roc-auc']),
    'average-precision': value(scores['average-precision']),
    'best-dice': value(scores['best-dice']),
    pointing: value(scores['pointing-game']),
    enrichment: value(scores.enrichment),
    'off-target': 1 - value(relevanceMassAccuracy.evaluate(away, {})),
  })
  const share = (mask: Uint8Array) => mask.filter((v, n) => v && brain[n]).length / count(brain)
  expect([chance, chanceNeuro]).toEqual([share(truth), share(wide)])
  expect(measures.neuro).toBeGreaterThan(0)
})
