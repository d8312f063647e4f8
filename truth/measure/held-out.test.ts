import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkOptions } from '../../src/core/parse-options.ts'
import { parseModelCard } from '../../src/core/volume/model-card.ts'
import { loadConfig, testCohort } from '../testing/committed-cohort.ts'
import { makeCase } from './held-out.ts'
import { choosePlanned, methodPlan, optionsFor, type PlannedMethod } from './method-plan.ts'
import {
  crossedKey,
  mapKey,
  permutedKey,
  predictionKey,
  referenceKey,
  timingKey,
  twinKey,
  twinReferenceKey,
} from './rows.ts'
import { readTasks, type TruthTask, wideningOf } from './tasks.ts'

const card = parseModelCard({
  layout: 'NCIJ',
  spacing: [3.6, 3.6, null],
  shape: [96, 96, 1],
  slice: 'middle',
  brainAbove: -1100,
  intensity: [{ kind: 'window', low: -1000, high: 400 }],
})

const task: TruthTask = {
  id: 'nodule',
  caseId: 'nodule',
  title: 'Lung nodule',
  config: loadConfig('nodule'),
  knows: 'the signal',
  isUntrained: false,
  targetClass: 1,
  model: { variant: 'main', bytes: Uint8Array.of(1, 2, 3), card },
  retrained: [],
}

test('a slice reaches the model through its card, axis by axis', () => {
  const made = makeCase(testCohort, task, [null, 1, 96, 96], 'test', 2)
  const { image, twin } = testCohort.subject(task.config, 'test', 2)
  expect(made.input.dims).toEqual([1, 1, 96, 96])
  const wanted = (from: Float32Array, i: number, j: number) =>
    (Math.min(Math.max(from[i + 96 * j]!, -1000), 400) + 1000) / 1400
  for (const [i, j] of [
    [48, 20],
    [20, 48],
    [70, 55],
    [0, 95],
  ] as const) {
    expect(made.input.data[96 * i + j]).toBeCloseTo(wanted(image, i, j), 5)
    expect(made.twin.data[96 * i + j]).toBeCloseTo(wanted(twin, i, j), 5)
  }
  expect(made.inside.places).toHaveLength(image.length)
  expect(made.isRegion).toBe(false)
  expect(made.difference[7]).toBe(image[7]! - twin[7]!)
})

test('another model, cohort, option or case is another row', () => {
  const [method] = choosePlanned(['lrp']) as [PlannedMethod]
  const key = mapKey(task, method, 0)
  expect(mapKey({ ...task }, { ...method }, 0)).toBe(key)
  const model = { ...task.model, bytes: Uint8Array.of(1, 2, 4) }
  const others = [
    mapKey({ ...task, model }, method, 0),
    mapKey({ ...task, config: { ...task.config, seed: 1 } }, method, 0),
    mapKey({ ...task, retrained: [model] }, method, 0),
    mapKey(task, { ...method, options: { composite: 'z-plus' } }, 0),
    mapKey(task, method, 1),
    predictionKey(task, task.model, 0),
    referenceKey(task, 0),
    crossedKey(task, 0),
    permutedKey(task, method, 1, 0),
    permutedKey(task, method, 2, 0),
    timingKey(task, method),
    twinKey(task, method, 0),
    twinReferenceKey(task, 0),
  ]
  expect(new Set([key, ...others]).size).toBe(1 + others.length)
  // What is compared with no retrained model does not depend on them.
  expect(mapKey({ ...task, retrained: [model] }, method, 5)).toBe(mapKey(task, method, 5))
})

test('volumes are measured with cheaper settings, slices with the defaults', () => {
  const [occlusion] = choosePlanned(['occlusion']) as [PlannedMethod]
  expect(optionsFor(occlusion, true)).toEqual({})
  expect(optionsFor(occlusion, false)).toEqual(occlusion.onVolumes?.options)
  const head = { ...task, config: loadConfig('hippocampus') }
  expect(
    [task, head, { ...task, config: loadConfig('hippocampal-volume') }].map(wideningOf),
  ).toEqual(['none', 'by the pipeline', 'in the mask'])
  expect(mapKey(head, occlusion, 0)).toContain('"stride"')
  expect(mapKey(task, occlusion, 0)).not.toContain('stride')
})

test('every case of the gallery is a task, or it is said why not', () => {
  const { tasks, skipped } = readTasks(fileURLToPath(new URL('../../', import.meta.url)))
  const hippocampus = tasks.find(({ id }) => id === 'hippocampus')
  expect(hippocampus?.config.region).toBe('hippocampus')
  const known = new Map(tasks.map(({ id, knows }) => [id, knows]))
  expect(known.get('hippocampus')).toBe('the signal')
  expect(known.get('shortcut/main')).toBe('the signal')
  expect(known.get('shortcut/clean')).toBe('another signal')
  expect(known.get('control-random')).toBe('nothing')
  expect(known.get('control-untrained')).toBe('nothing')
  expect(tasks.filter(({ isUntrained }) => isUntrained).map(({ id }) => id)).toEqual([
    'control-untrained',
  ])
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length)
  for (const reason of Object.values(skipped)) expect(reason).not.toBe('')
})

test('every option of the plan is one that its method takes; an id chooses its variations', () => {
  for (const planned of methodPlan) {
    for (const isSlice of [false, true]) {
      const { id, options } = planned.method
      expect(() => checkOptions(id, options, optionsFor(planned, isSlice))).not.toThrow()
    }
  }
  const ids = methodPlan.map(({ id }) => id)
  expect(ids).toEqual([...ids].sort())
  expect(choosePlanned(['lrp']).map(({ id }) => id)).toEqual([
    'lrp',
    'lrp:alpha2-beta1',
    'lrp:epsilon-plus',
  ])
  expect(() => choosePlanned(['nothing'])).toThrow("There is no method 'nothing'")
})
