/** @file SmoothGrad over every base and aggregate, against the base run by hand on the same copies. */

import { afterAll, describe, expect, test } from 'vitest'
import { attribute } from '../../engine/attribute.ts'
import { exportExplanation } from '../../engine/export-explanation.ts'
import { openModel } from '../../engine/open-model.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { encode } from '../onnx/codec.ts'
import { defaultOptions } from '../parse-options.ts'
import { createRandom } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { randomFloats, randomNumbers, tinyModel } from '../testing/tiny-models.ts'
import { attributionMethods, findMethod } from './methods.ts'

/** Convolution, batch norm, max pooling, two dense layers, on two rows of a 3 x 6 x 5 image. */
const bytes = encode(
  tinyModel({
    inputs: { x: [2, 3, 6, 5] },
    constants: {
      w1: randomFloats([4, 3, 3, 3], 1),
      b1: randomFloats([4], 2),
      scale: randomFloats([4], 3),
      bias: randomFloats([4], 4),
      mean: randomFloats([4], 5),
      variance: {
        ...randomFloats([4], 6),
        bytes: new Uint8Array(Float32Array.of(1, 2, 0.5, 0.7).buffer),
      },
      w2: randomFloats([24, 5], 7),
      b2: randomFloats([5], 8),
      w3: randomFloats([5, 3], 9),
      b3: randomFloats([3], 10),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w1', 'b1'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'BatchNormalization', inputs: ['y0', 'scale', 'bias', 'mean', 'variance'] },
      { op: 'Relu', inputs: ['y1'] },
      { op: 'MaxPool', inputs: ['y2'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: 'Flatten', inputs: ['y3'] },
      { op: 'Gemm', inputs: ['y4', 'w2', 'b2'] },
      { op: 'Relu', inputs: ['y5'] },
      { op: 'Gemm', inputs: ['y6', 'w3', 'b3'] },
    ],
  }),
)
const opened = openModel(createNodeRuntime({ threads: 1 }), bytes)
const numbers = (seed: number): Tensor => ({
  dims: [2, 3, 6, 5],
  data: Float32Array.from(randomNumbers(180, seed), (v, i) => (i < 90 ? v : 3 * v)),
})
const input = numbers(1)
const baseline = numbers(2)
const control = { signal: { throwIfAborted: () => {} }, onProgress: () => {} }
const SEED = 4
const SAMPLES = 3
const NOISE = 0.2

afterAll(async () => (await opened).close())

const run = async (methodId: string, options: object, of: Tensor, seed = SEED) => {
  const question = { methodId, options, inputs: [of], baseline: [baseline], target: '1;2', seed }
  return attribute(await opened, question as Parameters<typeof attribute>[1], control)
}

const option = findMethod('smoothgrad').options.base
const bases = option?.kind === 'choice' ? option.choices : []

/** The copies, written out: one stream of deviates for all, sigma from the range of each row. */
function copies(): readonly Tensor[] {
  const random = createRandom(SEED)
  const ranges = [input.data.slice(0, 90), input.data.slice(90)].map(
    (row) => Math.max(...row) - Math.min(...row),
  )
  return Array.from({ length: SAMPLES }, () => ({
    dims: input.dims,
    data: input.data.map((v, i) => v + NOISE * ranges[i < 90 ? 0 : 1]! * random.normal()),
  }))
}

test('every back-propagation method is a base, but SmoothGrad itself', () => {
  const others = attributionMethods.filter(
    ({ family, id }) => family === 'backpropagation' && id !== 'smoothgrad',
  )
  expect(bases).toEqual(others.map(({ id }) => id))
  expect(bases).toEqual(expect.arrayContaining(['deconvnet', 'expected-gradients', 'full-grad']))
})

describe.each(bases)('over %s', (base) => {
  test('every aggregate is its formula over the maps of the base', async () => {
    const maps: Float32Array[] = []
    for (const [i, copy] of copies().entries()) {
      const { maps: own } = await run(
        base,
        defaultOptions(findMethod(base).options),
        copy,
        SEED + 1 + i,
      )
      maps.push(own[0]!.data)
    }
    const mean = (f: (v: number) => number) =>
      Array.from(input.data, (_, i) => maps.reduce((sum, map) => sum + f(map[i]!), 0) / SAMPLES)
    const means = mean((v) => v)
    const expected = {
      mean: means,
      'mean-square': mean((v) => v * v),
      'mean-magnitude': mean(Math.abs),
      variance: Array.from(
        input.data,
        (_, i) => maps.reduce((sum, map) => sum + (map[i]! - means[i]!) ** 2, 0) / SAMPLES,
      ),
    }
    expect(Math.max(...expected.variance)).toBeGreaterThan(0)
    for (const [aggregate, values] of Object.entries(expected)) {
      const options = { samples: SAMPLES, noise: NOISE, base, aggregate }
      const { maps: found, scores, completenessGap } = await run('smoothgrad', options, input)
      const size = Math.max(...values.map(Math.abs))
      const distances = values.map((v, i) => Math.abs(v - found[0]!.data[i]!) / size)
      expect(Math.max(...distances)).toBeLessThan(1e-5)
      expect(scores).toHaveLength(2)
      expect(completenessGap).toBeNull()
    }
  })

  test('is exported as one graph, or says what can be', async () => {
    const { needs, recipe } = findMethod(base)
    const options = { samples: 2, noise: 0, base }
    const exported = exportExplanation(createNodeRuntime({ threads: 1 }), bytes, {
      methodId: 'smoothgrad',
      options,
      target: '1',
      seed: 0,
      inputDims: [[2, 3, 6, 5]],
      baseline: 0,
    })
    if (!recipe || needs.baseline) {
      await expect(exported).rejects.toThrow(
        `SmoothGrad over ${base} cannot be exported as one graph`,
      )
      return
    }
    const file = await exported
    expect(file.outputs).toEqual(['saliscope.scores', 'map_x'])
    const session = await createNodeRuntime({ threads: 1 }).createSession(file.bytes)
    const results = await session.run({ x: { dtype: 'float32', ...input } }, [...file.outputs])
    await session.release()
    const direct = await attribute(
      await opened,
      { methodId: base, options: {}, inputs: [input], baseline: [input], target: '1', seed: 0 },
      control,
    )
    const expected = direct.maps[0]!.data
    const size = Math.max(...expected.map(Math.abs))
    for (const [i, v] of expected.entries()) {
      expect(Math.abs(Number(results.map_x!.data[i]) - v) / size).toBeLessThan(1e-5)
    }
  })
})
