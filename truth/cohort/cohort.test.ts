import { expect, test } from 'vitest'
import { loadConfig, testCohort } from '../testing/committed-cohort.ts'
import { type CohortConfig, isBrain } from './config.ts'
import { SIZE } from './grid.ts'
import expected from './statistics.json' with { type: 'json' }
import { streamOf } from './streams.ts'
import type { Subject } from './subject.ts'
import { regionNames } from './template.ts'

/**
 * The oracle: the same statistics of the Python cohort (make_statistics.py). Both are samples, so
 * their means are compared in standard errors, with one per cent for the rounding of templates.
 */
type Summary = Readonly<Record<string, { mean: number; deviation: number; count: number }>>
type Row = Readonly<Record<string, number>>

function expectAlike(rows: readonly Row[], reference: Summary) {
  const far: string[] = []
  for (const [key, { mean, deviation, count }] of Object.entries(reference)) {
    const values = rows.map((row) => row[key] ?? Number.NaN)
    const own = average(values)
    const variance = average(values.map((value) => (value - own) ** 2))
    const error = Math.sqrt(deviation ** 2 / count + variance / (rows.length - 1))
    const distance = Math.abs(own - mean)
    // Not "greater than": NaN must not pass.
    if (!(distance <= 4 * error + 0.01 * Math.abs(mean)))
      far.push(`${key}: ${own} instead of ${mean} (standard error ${error})`)
  }
  expect(far).toEqual([])
}

const average = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const countOf = (values: ArrayLike<number>, wanted: (value: number, at: number) => boolean) => {
  let count = 0
  for (let at = 0; at < values.length; at++) if (wanted(values[at]!, at)) count++
  return count
}

const COUNT = 6
const indices = Array.from({ length: COUNT }, (_, index) => index)

/** How much a volume's change shows, and how much of that lies in the truth. */
function measureVolume({ image, twin, truth }: Subject): Row {
  const change = image.map((value, at) => Math.abs(value - twin[at]!))
  const inside = change.filter((_, at) => truth[at] === 1)
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0)
  return {
    'mean size of change in truth': sum(inside) / inside.length,
    'share of change in truth': sum(inside) / sum(change),
  }
}

function measure({ image, twin, truth }: Subject): Row {
  const least = twin.reduce((a, b) => Math.min(a, b))
  const inside = Float64Array.from(twin.filter((value) => value > least))
  const mean = inside.reduce((a, b) => a + b) / inside.length
  const isTrue = (_: number, at: number) => truth[at] === 1
  const [signal, quiet] = [image.filter(isTrue), twin.filter(isTrue)]
  const differs = (value: number, at: number) => value !== twin[at]
  return {
    'twin mean': mean,
    'twin deviation': Math.sqrt(
      inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length,
    ),
    'truth voxels': signal.length,
    'truth mean': average([...signal]),
    'truth change': average([...signal]) - average([...quiet]),
    'changed voxels': countOf(image, differs),
    'changed outside truth': countOf(image, (value, at) => differs(value, at) && !truth[at]),
  }
}

const subjectsOf = (config: CohortConfig) =>
  indices.map((index) => testCohort.subject(config, 'test', index))

test('anatomies are those of the Python cohort, statistically', () => {
  const config = loadConfig('hippocampus')
  if (!isBrain(config)) throw new Error('no heads')
  const rows = indices.map((index): Row => {
    const { t1, region, weight } = testCohort.anatomy(config, 'test', index)
    const places = [...t1.keys()].filter((at) => t1[at]! > 0)
    const values = places.map((at) => t1[at]! / 127.5)
    const centre = (stride: number) => average(places.map((at) => Math.floor(at / stride) % SIZE))
    return {
      'brain voxels': places.length,
      'share below 0.475': countOf(values, (value) => value < 0.475) / values.length,
      'share above 0.825': countOf(values, (value) => value > 0.825) / values.length,
      'mean intensity': average(values),
      'centre x': centre(1),
      'centre y': centre(SIZE),
      'centre z': centre(SIZE * SIZE),
      ...Object.fromEntries(
        regionNames.map((name, n) => [
          `${name} voxels`,
          countOf(weight, (value, at) => value > 127.5 && region[at] === n + 1),
        ]),
      ),
    }
  })
  expectAlike(rows, expected.anatomy)
})

test.each(['hippocampus', 'lesions-flair', 'lesions-t1', 'two-features', 'shortcut'] as const)(
  '%s: subjects are those of the Python cohort, statistically',
  (id) => {
    expectAlike(subjectsOf(loadConfig(id)).map(measure), expected[id])
  },
)

test('hippocampal-volume: subjects are those of the Python cohort, statistically', () => {
  const id = 'hippocampal-volume'
  const rows = subjectsOf(loadConfig(id)).map((subject) => ({
    ...measure(subject),
    ...measureVolume(subject),
  }))
  expectAlike(rows, expected[id])
})

test('chest slices are those of the Python cohort, statistically', () => {
  const rows = Array.from({ length: 30 }, (_, index): Row => {
    const subject = testCohort.subject(loadConfig('nodule'), 'test', index)
    const { twin } = subject
    const share = (low: number, high: number) =>
      countOf(twin, (value) => value >= low && value < high) / twin.length
    const grain: number[] = []
    for (let j = 1; j < SIZE - 1; j++) {
      for (let i = 1; i < SIZE - 1; i++) {
        const at = i + SIZE * j
        grain.push(twin[at]! - (twin[at - 1]! + twin[at + 1]!) / 2)
      }
    }
    const mean = average(grain)
    return {
      ...measure(subject),
      'air share': share(Number.NEGATIVE_INFINITY, -950),
      'lung share': share(-950, -600),
      'soft share': share(-200, 150),
      'bone share': share(150, Number.POSITIVE_INFINITY),
      grain: Math.sqrt(average(grain.map((value) => (value - mean) ** 2))),
    }
  })
  expectAlike(rows, expected.nodule)
})

/** How far, in voxels along an axis, the signal reaches beyond the truth: soft edges. */
const reach = {
  hippocampus: 2,
  'lesions-flair': 2,
  nodule: 3,
  shortcut: 0,
  'two-features': 2,
} as const

test.each(Object.entries(reach))('%s: the twin differs at the signal only', (id, limit) => {
  const { image, twin, truth, dims } = testCohort.subject(loadConfig(id), 'test', 3)
  const [nx, ny, nz] = dims
  const isNearTruth = (at: number) => {
    const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
    for (let w = Math.max(k - limit, 0); w <= Math.min(k + limit, nz - 1); w++)
      for (let v = Math.max(j - limit, 0); v <= Math.min(j + limit, ny - 1); v++)
        for (let u = Math.max(i - limit, 0); u <= Math.min(i + limit, nx - 1); u++)
          if (truth[u + nx * (v + ny * w)]) return true
    return false
  }
  const changed = [...image.keys()].filter((at) => image[at] !== twin[at])
  expect(changed.length).toBeGreaterThan(20)
  expect(changed.filter((at) => !isNearTruth(at))).toEqual([])
  const inside = [...truth.keys()].filter((at) => truth[at])
  const hit = inside.filter((at) => image[at] !== twin[at]).length
  expect(hit / inside.length).toBeGreaterThan(0.95)
})

test('a subject can be made again, and other splits, indices and seeds are others', () => {
  const config = loadConfig('nodule')
  const make = (split: 'test' | 'validation', index: number, seed = config.seed) =>
    testCohort.subject({ ...config, seed }, split, index).image
  expect(make('test', 4)).toEqual(make('test', 4))
  for (const other of [make('validation', 4), make('test', 5), make('test', 4, 1)])
    expect(other).not.toEqual(make('test', 4))
})

test('streams of different keys never start alike', () => {
  const starts = new Set<string>()
  for (const split of ['train', 'validation', 'test'] as const)
    for (const stream of ['anatomy', 'subject', 'signal', 'slice'] as const)
      for (let index = 0; index < 50; index++) {
        const random = streamOf(20260131, split, stream, index)
        starts.add(`${random.nextUint32()} ${random.nextUint32()}`)
      }
  expect(starts.size).toBe(3 * 4 * 50)
})

test('the parts of a shortcut: the capsule and the region, each alone', () => {
  const config = loadConfig('shortcut')
  const { image, twin, truth } = testCohort.subject(config, 'test', 1)
  const { images } = testCohort.crossed(config, 'test', 1)
  expect(Object.keys(images)).toEqual([
    'capsule and region',
    'capsule alone',
    'region alone',
    'neither',
  ])
  // Not toEqual, which takes minutes for a million elements.
  const differ = (one: Float32Array, other: Float32Array) =>
    countOf(one, (value, at) => value !== other[at])
  expect(differ(images['capsule and region']!, image)).toBe(0)
  expect(differ(images['region alone']!, twin)).toBe(0)
  const capsule = images['capsule alone']!
  const neither = images.neither!
  // The capsule is the same with the region as it is; the region is darker inside the brain alone.
  expect(countOf(capsule, (value, at) => value !== neither[at])).toBe(
    countOf(truth, (one) => one === 1),
  )
  expect(countOf(capsule, (value, at) => truth[at] === 1 && value !== image[at])).toBe(0)
  const darker = countOf(twin, (value, at) => value < neither[at]!)
  expect(darker).toBeGreaterThan(500)
  expect(countOf(twin, (value, at) => value > neither[at]!)).toBe(0)
})

test('the parts of a pair: each sign alone is the subject in its region and the twin elsewhere', () => {
  const config = loadConfig('two-features')
  const { image, twin, truth } = testCohort.subject(config, 'test', 1)
  const { images } = testCohort.crossed(config, 'test', 1)
  const [both, raised, lowered, neither] = Object.values(images)
  expect(Object.keys(images)).toEqual([
    'both',
    'putamen raised alone',
    'hippocampus lowered alone',
    'neither',
  ])
  expect(countOf(both!, (value, at) => value !== image[at])).toBe(0)
  expect(countOf(neither!, (value, at) => value !== twin[at])).toBe(0)
  const changed = (one: Float32Array) => countOf(one, (value, at) => value !== twin[at])
  expect(changed(raised!)).toBeGreaterThan(500)
  expect(changed(raised!) + changed(lowered!)).toBe(changed(image))
  expect(countOf(raised!, (value, at) => value < twin[at]!)).toBe(0)
  expect(countOf(lowered!, (value, at) => value > twin[at]!)).toBe(0)
  expect(countOf(truth, (one) => one === 1)).toBeGreaterThan(500)
})

test('a signal in one piece has no parts', () => {
  expect(testCohort.crossed(loadConfig('hippocampus'), 'test', 0).images).toEqual({})
})
