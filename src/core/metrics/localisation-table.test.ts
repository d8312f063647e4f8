import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildLocalisationTable } from './build-localisation-table.ts'
import { precisionRecallCurve, rocArea, rocCurve } from './localisation-curves.ts'
import {
  atThreshold,
  countAbove,
  percentileOfValue,
  tableTransfers,
  valueAtPercentile,
} from './localisation-table.ts'

const voxels = fc.array(
  fc.record({
    value: fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1, -1, 0.5),
    ),
    inside: fc.boolean(),
    counted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 300 },
)

test('every threshold agrees with counting', () => {
  fc.assert(
    fc.property(voxels, (list) => {
      const table = buildLocalisationTable(
        Float32Array.from(list, ({ value }) => value),
        Uint8Array.from(list, ({ inside }) => Number(inside)),
        Uint8Array.from(list, ({ counted }) => Number(counted)),
      )
      const used = list.filter(({ counted }) => counted)
      const size = used.filter(({ inside }) => inside).length
      expect([...table.values]).toEqual(used.map(({ value }) => value + 0).sort((a, b) => b - a))
      expect(table.truthVoxels).toBe(size)
      for (const { value: t } of list) {
        const found = used.filter(({ value }) => value >= t)
        const hits = found.filter(({ inside }) => inside).length
        const scores = atThreshold(table, t)
        expect(scores.voxels).toBe(found.length)
        expect(countAbove(table, t)).toBe(used.filter(({ value }) => value > t).length)
        if (size === 0) expect(scores.dice).toBeNull()
        else expect(scores.dice).toBeCloseTo((2 * hits) / (found.length + size), 12)
        if (size > 0) expect(scores.recall).toBeCloseTo(hits / size, 12)
        if (size > 0 && found.length > 0) {
          expect(scores.precision).toBeCloseTo(hits / found.length, 12)
          expect(scores.iou).toBeCloseTo(hits / (found.length + size - hits), 12)
        }
      }
    }),
  )
})

test('a sort of many values of all magnitudes agrees with the platform sort', () => {
  const bits = Uint32Array.from({ length: 100_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0)
  const values = new Float32Array(bits.buffer).map((v) => (Number.isFinite(v) ? v : 0))
  const { values: sorted, hits } = buildLocalisationTable(values, null, null)
  expect(hits).toBeNull()
  expect(sorted).toEqual(
    values
      .map((v) => v + 0)
      .sort()
      .reverse(),
  )
})

test('a view into a larger buffer is read where it lies', () => {
  const whole = Float32Array.of(9, 9, 3, 1, 2, 9)
  const { values } = buildLocalisationTable(whole.subarray(2, 5), null, null)
  expect([...values]).toEqual([3, 2, 1])
})

test('value and percentile are inverse to each other', () => {
  const table = buildLocalisationTable(Float32Array.of(4, 0, 8, 2, 6), null, null)
  expect([0, 25, 50, 75, 100].map((p) => valueAtPercentile(table, p))).toEqual([0, 2, 4, 6, 8])
  expect(valueAtPercentile(table, 60)).toBeCloseTo(4.8, 12)
  for (const p of [0, 10, 25, 33, 60, 99, 100]) {
    expect(percentileOfValue(table, valueAtPercentile(table, p))).toBeCloseTo(p, 9)
  }
  expect(percentileOfValue(table, -5)).toBe(0)
  expect(percentileOfValue(table, 9)).toBe(100)
})

test('without truth there are no scores, but thresholds', () => {
  const table = buildLocalisationTable(Float32Array.of(1, 2, 3, 4), null, null)
  expect(atThreshold(table, 3)).toEqual({
    voxels: 2,
    share: 0.5,
    dice: null,
    iou: null,
    precision: null,
    recall: null,
  })
  expect(tableTransfers(table)).toEqual([table.values.buffer])
  expect(rocCurve(table)).toBeNull()
  expect(precisionRecallCurve(table)).toBeNull()
})

test('curves by hand', () => {
  // 4* 3 2* 2 1: groups of equal values end at 1, 2, 4, 5.
  const table = buildLocalisationTable(
    Float32Array.of(3, 4, 2, 2, 1),
    Uint8Array.of(0, 1, 1, 0, 0),
    null,
  )
  expect(rocCurve(table)).toEqual({
    x: [0, 0, 1 / 3, 2 / 3, 1],
    y: [0, 0.5, 0.5, 1, 1],
    thresholds: [Number.POSITIVE_INFINITY, 4, 3, 2, 1],
  })
  expect(precisionRecallCurve(table)).toEqual({
    x: [0.5, 0.5, 1, 1],
    y: [1, 1 / 2, 1 / 2, 2 / 5],
    thresholds: [4, 3, 2, 1],
  })
})

test('a drawn ROC curve has few points and nearly the exact area', () => {
  const size = 50_000
  const wave = (i: number) => Math.sin(i * 12.9898) * 43758.5453
  const noise = (i: number) => wave(i) - Math.floor(wave(i))
  const truth = Uint8Array.from({ length: size }, (_, i) => Number(i % 100 === 0))
  const map = Float32Array.from(truth, (inside, i) => noise(i) + 0.4 * inside)
  const table = buildLocalisationTable(map, truth, null)
  const curve = rocCurve(table)
  expect(curve?.x.length).toBeLessThanOrEqual(512)
  expect(curve?.x.length).toBeGreaterThan(300)
  expect(curve?.x.at(-1)).toBe(1)
  expect(curve?.y.at(-1)).toBe(1)
  let area = 0
  for (let i = 1; i < (curve?.x.length ?? 0); i++) {
    area += ((curve!.x[i]! - curve!.x[i - 1]!) * (curve!.y[i]! + curve!.y[i - 1]!)) / 2
  }
  expect(area).toBeCloseTo(rocArea(table), 3)
  expect(precisionRecallCurve(table)?.x.length).toBeLessThanOrEqual(512)
})
