import { expect, test } from 'vitest'
import { dilate } from './dilate.ts'
import { growTruth, type MeasuredCase, measureMap } from './measure-map.ts'

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
  const wide = growTruth(truth, dims)
  return { truth, wide, brain, dims, spacingMm: [2, 2, 2], isRegion }
}

test('worked by hand: two voxels in the truth, one near it, one far, one outside the brain', () => {
  const map = new Float32Array(9 * 9 * 5)
  map[at(3, 4, 2)] = -4
  map[at(4, 4, 2)] = 3
  map[at(5, 4, 2)] = 2
  map[at(8, 8, 4)] = 1
  map[at(5, 0, 0)] = 100
  const { measures, chance, chanceNeuro, isEmpty } = measureMap(map, given(true))
  expect(isEmpty).toBe(false)
  expect(chance).toBeCloseTo(2 / 396, 12)
  expect(chanceNeuro).toBeCloseTo(count(given(true).wide) / 396, 12)
  expect(measures.mass).toBeCloseTo(7 / 10, 6)
  expect(measures['off-target']).toBeCloseTo(1 / 10, 6)
  expect(measures.enrichment).toBeCloseTo((7 / 10) * 198, 3)
  expect([measures.rank, measures['roc-auc'], measures.pointing]).toEqual([1, 1, 1])
  expect([measures['best-dice'], measures['average-precision']]).toEqual([1, 1])
  expect(measures.neuro).toBeGreaterThan(measures['neuro-strict'])
  // Without an atlas region the mask stays as it is.
  const lesion = measureMap(map, given(false))
  expect(lesion.measures.neuro).toBe(lesion.measures['neuro-strict'])
  expect(lesion.chanceNeuro).toBe(lesion.chance)
})

test('an empty map has no mass and ranks like chance', () => {
  const { measures, chance, isEmpty } = measureMap(new Float32Array(9 * 9 * 5), given(true))
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
