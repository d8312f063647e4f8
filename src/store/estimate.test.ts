import { expect, test } from 'vitest'
import { attributionMethods, findMethod } from '../core/attribution/methods.ts'
import type { ModelDescription } from '../core/attribution/model-description.ts'
import { defaultOptions } from '../core/parse-options.ts'
import { costInWords, estimateMs, type settingOf, updatePace } from './estimate.ts'
import { FILES } from './make-baseline.ts'

type Setting = ReturnType<typeof settingOf>

const layer = (name: string, channels: number, isDefault: boolean) => ({
  name,
  shape: [channels, 6, 7],
  op: 'Relu',
  default: isDefault,
})
const description: ModelDescription = {
  layers: [layer('early', 16, false), layer('late', 300, true)],
  sharesAfter: { early: 0.5, late: 0.001 },
  obstacles: {},
}
const prepared = {
  grid: { dims: [7, 6, 1], affine: [] },
  inputs: [{ dims: [1, 1, 12, 14], data: new Float32Array(168) }],
} as unknown as NonNullable<Setting['prepared']>
const setting: Setting = {
  baseline: 'zeros',
  baselineFiles: [],
  description,
  layer: null,
  pace: { forwardMs: 10, gradientMs: 40 },
  prepared,
}
const file = (rows: number) =>
  ({ id: String(rows), name: 'rows.npy', rows, kind: 'array' }) as Setting['baselineFiles'][number]

const options = (methodId: string) => defaultOptions(findMethod(methodId).options)
const estimate = (methodId: string, change: Partial<Setting> = {}) =>
  estimateMs({ ...setting, ...change }, methodId, options(methodId))
const learn = (methodId: string, elapsedMs: number, pace: Setting['pace'] = setting.pace) =>
  updatePace(
    pace,
    {
      methodId,
      options: options(methodId),
      target: '',
      targetWords: null,
      layer: null,
      baseline: 'zeros',
      baselineFiles: [],
      seed: 0,
    },
    elapsedMs,
    { prepared },
  )

test('Score-CAM runs the model for every channel of the layer that is chosen', () => {
  expect(estimate('score-cam')).toBe(302 * 10)
  expect(estimate('score-cam', { layer: 'early' })).toBe(18 * 10)
  expect(costInWords(setting, 'score-cam', options('score-cam'))).toMatch(/302 runs of the model/)
})

test('Ablation-CAM runs what comes after the layer for every channel', () => {
  expect(estimate('ablation-cam')).toBe(3 * 10)
  expect(estimate('ablation-cam', { layer: 'early' })).toBe((2 + 8) * 10)
})

test.each(['ablation-cam', 'score-cam'])('%s gets no estimate before the layer is known', (id) => {
  expect(estimate(id, { description: null })).toBeNull()
  expect(estimate(id, { layer: 'another by name' })).toBeNull()
  expect(costInWords({ ...setting, description: null }, id, options(id))).toBeNull()
})

test('DeepLIFT-SHAP costs a DeepLIFT for every row of the baseline files', () => {
  expect(estimate('deeplift-shap')).toBe(estimate('deeplift'))
  const files = { baseline: FILES, baselineFiles: [file(1), file(4)] }
  expect(estimate('deeplift-shap', files)).toBe(5 * (estimate('deeplift') ?? 0))
  // A list that is not chosen does not count.
  expect(estimate('deeplift-shap', { baselineFiles: [file(4)] })).toBe(estimate('deeplift'))
})

test('SmoothGrad costs its base, at the same facts', () => {
  const files = { ...setting, baseline: FILES, baselineFiles: [file(4)] }
  const smooth = { samples: 3, base: 'deeplift-shap' }
  expect(estimateMs(files, 'smoothgrad', smooth)).toBe(10 + 3 * 4 * 50)
})

test('the pace is learnt from whole passes alone', () => {
  expect(learn('integrated-gradients', 50 * 60 + 2 * 10)).toEqual({ forwardMs: 10, gradientMs: 60 })
  expect(learn('smoothgrad', 25 * 60 + 10)).toEqual({ forwardMs: 10, gradientMs: 60 })
  const rough = attributionMethods.filter(({ id, cost }) => {
    const facts = { layer: { channels: 8, shareAfter: 0.1 } }
    return cost(options(id), [[1, 1, 12, 14]], facts)?.isRough
  })
  expect(rough.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['ablation-cam', 'deeplift-shap', 'grad-cam', 'lrp', 'score-cam']),
  )
  for (const { id } of rough) {
    expect(learn(id, 1e6), id).toBe(setting.pace)
    expect(learn(id, 1e6, null), id).toBeNull()
  }
})
