import { afterAll, describe, expect, test } from 'vitest'
import type { Model } from '../core/onnx/ir.ts'
import { zerosLike } from '../core/tensor/arithmetic.ts'
import type { Tensor } from '../core/tensor/tensor.ts'
import { directionalDerivative } from '../core/testing/numeric-derivative.ts'
import { randomFloats, tinyModel } from '../core/testing/tiny-models.ts'
import { attribute } from './attribute.ts'
import { exportExplanation } from './export-explanation.ts'
import { type OpenModel, openModel } from './open-model.ts'
import { createNodeRuntime } from './runtime-node.ts'
import {
  bytesOf,
  classifier,
  randomTensor,
  segmenter,
  withInput,
} from './testing/small-networks.ts'

const runtime = createNodeRuntime({ threads: 1 })
const control = { signal: { throwIfAborted: () => {} }, onProgress: () => {} }

/** Scores of a smooth network: finite differences meet no kink. */
function scores(classes: number): Model {
  return withInput(
    tinyModel({
      inputs: { x: [] },
      constants: { w1: randomFloats([3, 1, 3, 3, 3], 1), dense: randomFloats([3, classes], 4) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w1'], attributes: { pads: [1, 1, 1, 1, 1, 1] } },
        { op: 'Tanh', inputs: ['y0'] },
        { op: 'GlobalAveragePool', inputs: ['y1'] },
        { op: 'Flatten', inputs: ['y2'] },
        { op: 'MatMul', inputs: ['y3', 'dense'] },
      ],
    }),
    ['n', 1, 'd', 'h', 'w'],
  )
}

/** Class scores per voxel, without a softmax. */
function scoresPerVoxel(): Model {
  return withInput(
    tinyModel({
      inputs: { x: [] },
      constants: { w1: randomFloats([3, 1, 3, 3], 5), w2: randomFloats([3, 3, 1, 1], 6) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w1'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Tanh', inputs: ['y0'] },
        { op: 'Conv', inputs: ['y1', 'w2'] },
      ],
    }),
    ['n', 1, 'h', 'w'],
  )
}

/** exp(z_k) / sum exp(z) at every position of the row, summed where `counts`; 1 / (1 + exp(-z)) alone. */
function probabilityOf(
  { dims, data }: Tensor,
  row: number,
  k: number,
  counts: (scores: readonly number[], at: number) => boolean,
): number {
  const [, classes = 1, ...space] = dims
  const positions = space.reduce((a, b) => a * b, 1)
  let sum = 0
  for (let at = 0; at < positions; at++) {
    const scores = Array.from(
      { length: classes },
      (_, c) => data[(row * classes + c) * positions + at]!,
    )
    if (!counts(scores, at)) continue
    const powers = scores.map(Math.exp)
    const total = classes === 1 ? 1 + powers[0]! : powers.reduce((a, b) => a + b, 0)
    sum += powers[k]! / total
  }
  return sum
}

const wins = (k: number) => (scores: readonly number[]) => scores[k] === Math.max(...scores)
const always = () => true
const cube = randomTensor([2, 1, 6, 6, 6], 11)
const plane = randomTensor([1, 1, 5, 4], 12)
const cases = [
  { name: 'softmax of a vector', model: scores(3), x: cube, k: 1, spec: 'probability(1)' },
  { name: 'sigmoid of one score', model: scores(1), x: cube, k: 0, spec: 'probability(0)' },
  { name: 'segmentation', model: scoresPerVoxel(), x: plane, k: 2, spec: 'probability(2)' },
  {
    name: 'where a class wins',
    model: scoresPerVoxel(),
    x: plane,
    k: 1,
    spec: 'probability(1)@predicted',
    inside: wins(1),
  },
  {
    name: 'a difference',
    model: scores(3),
    x: cube,
    k: 1,
    minus: 2,
    spec: 'probability(1)-probability(2)',
  },
  {
    name: 'one voxel',
    model: scoresPerVoxel(),
    x: plane,
    k: 2,
    spec: 'probability(2,3,1)',
    inside: (_: readonly number[], at: number) => at === 3 * 4 + 1,
  },
] as const

describe.each(cases)('$name', ({ model: made, x, k, spec, ...more }) => {
  const inside = 'inside' in more ? more.inside : always
  const explained = (value: Tensor, row: number) =>
    probabilityOf(value, row, k, inside) -
    ('minus' in more ? probabilityOf(value, row, more.minus, inside) : 0)
  let opened: OpenModel | undefined
  const open = async () => {
    opened ??= await openModel(runtime, bytesOf(made))
    return opened
  }
  afterAll(() => opened?.close())
  const ask = (methodId: string, options = {}) => ({
    methodId,
    options,
    inputs: [x],
    baseline: [zerosLike(x)],
    target: spec,
    seed: 0,
  })

  test('score and gradient are those of the probability, by finite differences', async () => {
    const model = await open()
    const { maps, scores, targetSpec } = await attribute(model, ask('gradient'), control)
    expect(targetSpec).toBe(spec)
    const rows = x.dims[0] ?? 1
    const stride = x.data.length / rows
    for (let row = 0; row < rows; row++) {
      const { outputs } = await model.predict([x])
      expect(scores[row]).toBeCloseTo(explained(outputs[0]!.tensor, row), 5)
      const direction = Float32Array.from(x.data, (_, at) =>
        Math.floor(at / stride) === row ? Math.sin(at) : 0,
      )
      const expected = await directionalDerivative(
        {
          step: 2e-2,
          evaluate: async (data) => {
            const { outputs: moved } = await model.predict([{ dims: x.dims, data }])
            return explained(moved[0]!.tensor, row)
          },
        },
        x.data,
        direction,
      )
      const along = maps[0]!.data.reduce((sum, slope, at) => sum + slope * direction[at]!, 0)
      expect(along).toBeCloseTo(expected, 4)
      expect(Math.abs(expected)).toBeGreaterThan(1e-3)
    }
  })

  test('integrated gradients add up to its change, and occlusion sees it', async () => {
    const model = await open()
    const { completenessGap, scores } = await attribute(
      model,
      ask('integrated-gradients', { steps: 64 }),
      control,
    )
    for (const gap of completenessGap ?? []) expect(Math.abs(gap)).toBeLessThan(2e-3)
    const occluded = await attribute(model, ask('occlusion', { window: 2, stride: 2 }), control)
    for (const [row, score] of occluded.scores.entries()) expect(score).toBeCloseTo(scores[row]!, 5)
  })

  test('an exported explanation computes the same', async () => {
    const model = await open()
    const dims = x.dims.with(0, 1)
    const first = {
      dims,
      data: x.data.slice(
        0,
        dims.reduce((a, b) => a * b, 1),
      ),
    }
    const { maps, scores } = await attribute(
      model,
      { ...ask('gradient'), inputs: [first], baseline: [zerosLike(first)] },
      control,
    )
    const { bytes, outputs } = await exportExplanation(runtime, bytesOf(made), {
      methodId: 'gradient',
      options: {},
      target: spec,
      seed: 0,
      inputDims: [dims],
      baseline: 0,
    })
    const session = await runtime.createSession(bytes)
    const results = await session.run({ x: { dtype: 'float32', ...first } }, [...outputs])
    await session.release()
    const [score, map] = outputs.map((name) => results[name]!.data as Float32Array)
    expect(score![0]).toBeCloseTo(scores[0]!, 5)
    for (const [at, value] of map!.entries()) expect(value).toBeCloseTo(maps[0]!.data[at]!, 5)
  })
})

test('an output that is a probability is explained as it is, its logits by name', async () => {
  const model = await openModel(runtime, bytesOf(segmenter()))
  const x = randomTensor([1, 1, 4, 4, 4], 2)
  expect(model.logits).toEqual({ y3: 'y2' })
  const target = await model.resolveTarget([x], { spec: 'probability(1)' })
  expect(target).toMatchObject({ value: 'y3', spec: '1' })
  expect(await model.resolveTarget([x], { spec: 'y2:1' })).toMatchObject({ value: 'y2' })
  await model.close()
})

test('lists the layers of class activation maps with their shapes', async () => {
  const model = await openModel(runtime, bytesOf(classifier()))
  const x = randomTensor([1, 1, 6, 6, 6], 4)
  const layers = await model.layers([x], 'probability(1)')
  expect(layers).toEqual([
    { name: 'y0', op: 'Conv', shape: [3, 6, 6, 6], default: false },
    { name: 'y1', op: 'Relu', shape: [3, 6, 6, 6], default: false },
    { name: 'y2', op: 'MaxPool', shape: [3, 3, 3, 3], default: false },
    { name: 'y3', op: 'Conv', shape: [4, 3, 3, 3], default: false },
    { name: 'y4', op: 'Relu', shape: [4, 3, 3, 3], default: true },
  ])
  const target = await model.resolveTarget([x], { spec: 'probability(1)' })
  expect(await model.defaultLayer([x], target)).toBe('y4')
  await model.close()
})
