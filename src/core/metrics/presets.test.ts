import { expect, test } from 'vitest'
import { evaluateRows } from './evaluate-rows.ts'
import { measureLocalisation } from './measure-localisation.ts'
import { prepareLocalisation } from './prepare-localisation.ts'
import { neuro } from './presets.ts'
import { relevanceMassAccuracy } from './relevance-mass-accuracy.ts'
import { handleSign } from './sign-handling.ts'

const t = (dims: readonly number[], ...values: number[]) => ({
  dims,
  data: Float32Array.from(values),
})
const count = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const prepare = (
  map: ReturnType<typeof t>,
  truth: ReturnType<typeof t>,
  more: Partial<Parameters<typeof prepareLocalisation>[0]> = {},
) => prepareLocalisation({ map, truth, sign: 'magnitude', ...more })

test('sign handling', () => {
  const map = Float32Array.of(-2, 0, 3)
  expect([...handleSign(map, 'magnitude')]).toEqual([2, 0, 3])
  expect([...handleSign(map, 'positive')]).toEqual([0, 0, 3])
  expect(handleSign(map, 'signed')).toBe(map)
})

test('a map (1, C, d, h, w) against a truth (d, h, w): channels are summed after the sign', () => {
  const [row] = prepare(t([1, 2, 1, 2, 2], 1, -2, 3, 4, -5, 6, 7, 8), t([1, 2, 2], 0, 1, 0, 2), {
    spacingMm: [5, 2, 3],
  })
  expect(row).toEqual({
    map: Float32Array.of(6, 8, 10, 12),
    truth: Uint8Array.of(0, 1, 0, 1),
    dims: [2, 2],
    spacingMm: [2, 3],
  })
  const [two] = prepare(t([1, 2, 1, 2, 2], ...count(8)), t([1, 2, 1, 2, 2], ...count(8)), {
    label: 3,
    spacingMm: [5, 2, 3],
    evaluation: t([2, 2], 1, 1, 1, 0),
  })
  expect(two).toEqual({
    map: Float32Array.from(count(8)),
    truth: Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0),
    dims: [2, 2, 2],
    spacingMm: [0, 2, 3],
    evaluation: Uint8Array.of(1, 1, 1, 0, 1, 1, 1, 0),
  })
})

test('rows of a batch are scored apart and averaged', () => {
  const map = t([2, 1, 1, 4], 1, 1, 1, 1, 0, 0, 3, 1)
  const shared = prepare(map, t([4], 0, 0, 1, 0))
  expect(shared.map((row) => [...row.map])).toEqual([
    [1, 1, 1, 1],
    [0, 0, 3, 1],
  ])
  expect(evaluateRows(relevanceMassAccuracy, shared, {})).toEqual({
    kind: 'value',
    value: (1 / 4 + 3 / 4) / 2,
    chance: 1 / 4,
    details: { rows: 2, 'rows-used': 2 },
  })
  const own = prepare(map, t([2, 1, 1, 4], 1, 0, 0, 0, 0, 0, 0, 0))
  expect(evaluateRows(relevanceMassAccuracy, own, {})).toMatchObject({
    value: 1 / 4,
    details: { rows: 2, 'rows-used': 1 },
  })
  const none = prepare(map, t([4], 0, 0, 0, 0))
  expect(evaluateRows(relevanceMassAccuracy, none, {})).toMatchObject({ kind: 'unavailable' })
  const [single] = prepare(t([2, 2], 1, 2, 3, 4), t([2, 2], 0, 0, 0, 1))
  expect(single && evaluateRows(relevanceMassAccuracy, [single], {})).toEqual({
    kind: 'value',
    value: 0.4,
    chance: 0.25,
  })
})

test('shapes that do not fit, and values that are no numbers', () => {
  expect(() => prepare(t([2, 2], 1, 2, 3, 4), t([4], 0, 0, 0, 1))).toThrow(
    'the truth is 4, but a row of the map is 2x2',
  )
  expect(() => prepare(t([2], 1, 2), t([2], 0, 1), { evaluation: t([3], 1, 1, 1) })).toThrow(
    'the evaluation mask is 3',
  )
  expect(() => prepare(t([2], 1, Number.NaN), t([2], 0, 1))).toThrow(
    'the map holds 1 values that are not finite',
  )
})

test('the read-out of a map: threshold-free scores and the table; without truth only the table', () => {
  const map = Float32Array.of(-5, 8, 0, 1, 2, 4)
  const request = {
    map,
    truth: Uint8Array.of(0, 1, 0, 1, 0, 0),
    evaluation: null,
    dims: [2, 3],
    spacingMm: [1, 1],
    sign: 'magnitude' as const,
  }
  const { table, scores } = measureLocalisation(request)
  expect([...table.values]).toEqual([8, 5, 4, 2, 1, 0])
  expect([...(table.hits ?? [])]).toEqual([0, 1, 1, 1, 1, 2, 2])
  expect(Object.keys(scores).sort()).toEqual([
    'average-precision',
    'best-dice',
    'enrichment',
    'mass-centre-distance',
    'pointing-game',
    'relevance-mass-accuracy',
    'relevance-rank-accuracy',
    'roc-auc',
    'top-k-intersection',
  ])
  expect(scores['relevance-mass-accuracy']).toMatchObject({ value: 9 / 20 })
  expect(measureLocalisation({ ...request, truth: null }).scores).toEqual({})
  expect(() => measureLocalisation({ ...request, dims: [7] })).toThrow('differ in size')
})

test('neuro: a blob in the truth, a smaller one outside, a bright voxel outside the brain', () => {
  const dims = [21, 21, 21]
  const at = (z: number, y: number, x: number) => (z * 21 + y) * 21 + x
  const map = new Float32Array(21 ** 3)
  const truth = new Uint8Array(map.length)
  const brain = new Uint8Array(map.length).fill(1)
  for (let z = 9; z < 12; z++) {
    for (let y = 9; y < 12; y++) {
      for (let x = 9; x < 12; x++) {
        map[at(z, y, x)] = -10
        truth[at(z, y, x)] = 1
      }
    }
  }
  map[at(4, 4, 4)] = 10
  map[at(0, 0, 0)] = 1000
  brain[at(0, 0, 0)] = 0
  const scores = neuro.measure({ map, truth, brain, dims })
  const value = (id: string) => {
    const score = scores[id]
    return score?.kind === 'value' ? score.value : Number.NaN
  }
  // The percentile keeps about 1 % of the brain (93 voxels): both blobs and their blurred rims.
  expect(value('true-positive-rate')).toBe(1)
  expect(value('relevance-mass-accuracy')).toBeGreaterThan(0.5)
  expect(value('relevance-mass-accuracy')).toBeLessThan(0.9)
  expect(value('false-positive-rate')).toBeGreaterThan(0)
  expect(value('false-positive-rate')).toBeLessThan(0.01)
  expect(value('false-positive')).toBe(0)
  const loud = neuro.measure({ map: map.map((v) => (v === 10 ? 1000 : v)), truth, brain, dims })
  expect(loud['false-positive']).toMatchObject({ value: 1 })
  expect(
    neuro.measure({ map: new Float32Array(map.length), truth, dims })['relevance-mass-accuracy'],
  ).toMatchObject({ kind: 'unavailable' })
})
