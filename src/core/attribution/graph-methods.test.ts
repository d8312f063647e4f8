import { describe, expect, test } from 'vitest'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { traitsOf } from '../autodiff/lowering/provider-traits.ts'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { encode } from '../onnx/codec.ts'
import { floatTensor } from '../onnx/constants.ts'
import type { Model } from '../onnx/ir.ts'
import type { OptionSpec } from '../options.ts'
import { defaultOptions } from '../parse-options.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'
import { traceTypes } from '../testing/check-gradient.ts'
import { count, randomNumbers, tinyModel } from '../testing/tiny-models.ts'
import { gradCam } from './grad-cam.ts'
import { gradient } from './gradient.ts'
import { guidedBackprop } from './guided-backprop.ts'
import { inputXGradient } from './input-x-gradient.ts'
import { integratedGradients } from './integrated-gradients.ts'
import type { AttributionContext, AttributionMethod, ExplainableModel, Target } from './method.ts'
import { saliency } from './saliency.ts'

const runtime = createNodeRuntime({ threads: 1 })
const random = (dims: readonly number[], seed: number): Tensor => ({
  dims,
  data: Float32Array.from(randomNumbers(count(dims), seed)),
})

/** The real compiler on the real runtime, without the caches of the engine. */
function explainable(model: Model, layer: string): ExplainableModel {
  const { inputs } = model.graph
  const explain = async (recipe: ExplanationRecipe, given: Tensors, target: Target) => {
    const feeds = Object.fromEntries(
      inputs.map(({ name }, i) => [name, { dtype: 'float32', ...given[i]! } as const]),
    )
    const compiled = compileExplanation({
      model,
      types: await traceTypes(model, feeds),
      target: target.value,
      recipe,
      traits: traitsOf('native'),
    })
    const session = await runtime.createSession(encode(compiled))
    const names = compiled.graph.outputs.map(({ name }) => name)
    const results = await session.run(
      { ...feeds, [TARGET_WEIGHTS]: { dtype: 'float32', ...target.weights } },
      names,
    )
    await session.release()
    const read = (name: string) => results[name]!.data as Float32Array<ArrayBuffer>
    return {
      scores: Array.from(read(SCORES)),
      outputs: names
        .filter((name) => name !== SCORES)
        .map((name) => ({ dims: results[name]!.dims, data: read(name) })),
    }
  }
  return {
    inputs: inputs.map(({ name }) => ({ name, dims: [null] })),
    explain,
    score: async (given, target) =>
      (await explain({ key: 'score', rules: 'standard', emit: () => [] }, given, target)).scores,
    defaultLayer: async () => layer,
  }
}

async function run<Spec extends OptionSpec>(
  method: AttributionMethod<Spec>,
  model: Model,
  inputs: Tensors,
  weights: Tensor,
  options: object = {},
) {
  return method.attribute(contextOf(method, model, inputs, weights, options))
}

function contextOf<Spec extends OptionSpec>(
  method: AttributionMethod<Spec>,
  model: Model,
  inputs: Tensors,
  weights: Tensor,
  options: object,
): AttributionContext<Spec> {
  return {
    model: explainable(model, 'features'),
    inputs,
    baseline: inputs.map(({ dims, data }) => ({ dims, data: new Float32Array(data.length) })),
    target: { value: 'y', weights, spec: '', label: '' },
    options: { ...defaultOptions(method.options), ...options },
    seed: 0,
    signal: { throwIfAborted() {} },
    onProgress: () => {},
    attributeWith: async () => {
      throw new Error('not used here')
    },
  }
}

const constant = ({ data, dims }: Tensor) => floatTensor(data, dims)

describe('one hidden layer of ReLUs, worked out densely', () => {
  // y = V relu(W x): rows of x are independent.
  const W = random([5, 4], 1)
  const V = random([4, 3], 2)
  const x = random([2, 5], 3)
  const model = tinyModel({
    inputs: { x: [2, 5] },
    constants: { W: constant(W), V: constant(V) },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'W'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['a'] },
      { op: 'MatMul', inputs: ['a', 'V'], outputs: ['y'] },
    ],
  })
  // Class 2 for the first row, class 0 less class 1 for the second.
  const weights: Tensor = { dims: [2, 3], data: Float32Array.of(0, 0, 1, 1, -1, 0) }
  const dense = (guided: boolean) =>
    [0, 1].flatMap((row) => {
      const hidden = [0, 1, 2, 3].map((k) =>
        [0, 1, 2, 3, 4].reduce((s, i) => s + x.data[row * 5 + i]! * W.data[i * 4 + k]!, 0),
      )
      const slope = hidden.map((h, k) => {
        const v = [0, 1, 2].reduce((s, c) => s + V.data[k * 3 + c]! * weights.data[row * 3 + c]!, 0)
        return h > 0 ? (guided ? Math.max(v, 0) : v) : 0
      })
      return [0, 1, 2, 3, 4].map((i) => slope.reduce((s, v, k) => s + W.data[i * 4 + k]! * v, 0))
    })
  const near = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 5))

  test('gradient, saliency, input x gradient, guided backprop', async () => {
    const map = async <Spec extends OptionSpec>(method: AttributionMethod<Spec>) =>
      Array.from((await run(method, model, [x], weights)).maps[0]!.data)
    const expected = dense(false)
    expect(await map(gradient)).toEqual(near(expected))
    expect(await map(saliency)).toEqual(near(expected.map(Math.abs)))
    expect(await map(inputXGradient)).toEqual(near(expected.map((g, i) => g * x.data[i]!)))
    const guided = dense(true)
    expect(await map(guidedBackprop)).toEqual(near(guided))
    expect(guided).not.toEqual(expected)
  })

  test('input x gradient and integrated gradients from zero share out the whole score', async () => {
    // Without biases the network is linear along rays from the origin.
    for (const method of [inputXGradient, integratedGradients] as const) {
      const { maps, scores } = await run(method as AttributionMethod, model, [x], weights)
      for (const row of [0, 1]) {
        const total = maps[0]!.data.slice(5 * row, 5 * row + 5).reduce((a, b) => a + b, 0)
        expect(total).toBeCloseTo(scores[row]!, 5)
      }
    }
  })
})

describe.each([
  { input: [2, 1, 7], layer: [4] },
  { input: [2, 3, 8, 6], layer: [4, 3] },
  { input: [1, 2, 6, 8, 7], layer: [3, 4, 4] },
])('grad-cam on $input', ({ input, layer }) => {
  const rank = input.length - 2
  const channels = 5
  const classes = 3
  const rows = input[0]!
  const kernel = random([channels, input[1]!, ...new Array<number>(rank).fill(3)], 11)
  const head = random([channels, classes], 12)
  const x = random(input, 13)
  const model = tinyModel({
    inputs: { x: input },
    constants: { kernel: constant(kernel), head: constant(head) },
    nodes: [
      {
        op: 'Conv',
        inputs: ['x', 'kernel'],
        attributes: { strides: new Array(rank).fill(2), pads: new Array(2 * rank).fill(1) },
      },
      { op: 'Relu', inputs: ['y0'], outputs: ['features'] },
      { op: 'GlobalAveragePool', inputs: ['features'], outputs: ['pooled'] },
      { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'] },
      { op: 'MatMul', inputs: ['flat', 'head'], outputs: ['y'] },
    ],
  })
  const weights: Tensor = {
    dims: [rows, classes],
    data: Float32Array.from({ length: rows * classes }, (_, i) => (i % classes === 1 ? 1 : 0)),
  }
  const space = count(layer)

  /** After global average pooling dy/dA_k is head[k] / |space| everywhere. */
  async function camByHand(relu: boolean): Promise<readonly number[][]> {
    const session = await runtime.createSession(
      encode({
        ...model,
        graph: { ...model.graph, outputs: [{ name: 'features', dtype: 'float32', dims: null }] },
      }),
    )
    const results = await session.run({ x: { dtype: 'float32', ...x } }, ['features'])
    const features = results.features!
    expect(features.dims).toEqual([rows, channels, ...layer])
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: space }, (_, i) => {
        let sum = 0
        for (let k = 0; k < channels; k++) {
          const a = Number(features.data[(row * channels + k) * space + i])
          sum += (head.data[k * classes + 1]! / space) * a
        }
        return relu ? Math.max(sum, 0) : sum
      }),
    )
  }

  /**
   * The value at position `at` of a line, as PyTorch's interpolate defines it: linear between voxel
   * centres half a step from the border, nearest as floor(at * ratio).
   */
  const sample = (line: readonly number[], size: number, at: number, mode: string) => {
    const centre = ((at + 0.5) * line.length) / size - 0.5
    if (mode === 'nearest') return line[Math.floor((at * line.length) / size)]!
    const clamped = Math.min(Math.max(centre, 0), line.length - 1)
    const low = Math.floor(clamped)
    const high = Math.min(low + 1, line.length - 1)
    return line[low]! + (clamped - low) * (line[high]! - line[low]!)
  }
  const resample = (values: readonly number[], mode: string): readonly number[] => {
    let current = [...values]
    const dims = [...layer]
    for (let axis = 0; axis < rank; axis++) {
      const size = input[axis + 2]!
      const old = dims[axis]!
      const below = count(dims.slice(axis + 1))
      const above = count(dims.slice(0, axis))
      const source = current
      current = Array.from({ length: above * size * below }, (_, i) => {
        const inner = i % below
        const at = Math.floor(i / below) % size
        const outer = Math.floor(i / below / size)
        const line = Array.from(
          { length: old },
          (_, j) => source[(outer * old + j) * below + inner]!,
        )
        return sample(line, size, at, mode)
      })
      dims[axis] = size
    }
    return current
  }

  test.each(['linear', 'nearest'])('%s, positive part or signed', async (upsample) => {
    for (const relu of [true, false]) {
      const result = await run(gradCam, model, [x], weights, { upsample, relu })
      const cams = await camByHand(relu)
      expect(result.maps[0]!.dims).toEqual(input)
      const expected = cams.flatMap((cam) =>
        Array.from({ length: input[1]! }, () => resample(cam, upsample)).flat(),
      )
      const error = Math.max(...expected.map((v, i) => Math.abs(v - result.maps[0]!.data[i]!)))
      expect(error).toBeLessThan(1e-6)
      expect(Math.max(...expected)).toBeGreaterThan(1e-3)
      expect(result.layer).toEqual({ name: 'features', grid: layer })
    }
  })

  test('without enlarging it stays on the grid of the layer', async () => {
    const { maps } = await run(gradCam, model, [x], weights, { upsample: 'none' })
    expect(maps[0]!.dims).toEqual([rows, 1, ...layer])
    const expected = (await camByHand(true)).flat()
    expect([...maps[0]!.data]).toEqual(expected.map((v) => expect.closeTo(v, 6)))
  })
})

describe('grad-cam on an image with an age beside it', () => {
  const model = tinyModel({
    inputs: { image: [1, 4, 4], age: [1, 2] },
    constants: {
      axes: { dtype: 'int64', dims: [1], bytes: new Uint8Array(BigInt64Array.of(1n).buffer) },
      kernel: constant(random([3, 1, 1, 1], 1)),
      head: constant(random([5, 2], 2)),
    },
    nodes: [
      { op: 'Unsqueeze', inputs: ['image', 'axes'], outputs: ['channel'] },
      { op: 'Conv', inputs: ['channel', 'kernel'], outputs: ['features'] },
      { op: 'GlobalMaxPool', inputs: ['features'], outputs: ['pooled'] },
      { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'] },
      { op: 'Concat', inputs: ['flat', 'age'], outputs: ['all'], attributes: { axis: 1 } },
      { op: 'MatMul', inputs: ['all', 'head'], outputs: ['y'] },
    ],
  })
  const inputs = [random([1, 4, 4], 3), random([1, 2], 4)]
  const weights: Tensor = { dims: [1, 2], data: Float32Array.of(1, 0) }

  test('an input without channel axis gets its map, the other zeros', async () => {
    const { maps } = await run(gradCam, model, inputs, weights, { relu: false })
    expect(maps.map(({ dims }) => dims)).toEqual([
      [1, 4, 4],
      [1, 2],
    ])
    expect(maps[0]!.data.some((v) => v !== 0)).toBe(true)
    expect([...maps[1]!.data]).toEqual([0, 0])
  })

  test('a layer of features has one number per row, and no grid to enlarge from', async () => {
    const onFeatures = (options: object) =>
      gradCam.attribute({ ...contextOf(gradCam, model, inputs, weights, options), layer: 'flat' })
    await expect(onFeatures({})).rejects.toThrow('the layer has no spatial axes (1x1)')
    const { maps, layer } = await onFeatures({ upsample: 'none', relu: false })
    expect(maps.map(({ dims }) => dims)).toEqual([
      [1, 1],
      [1, 1],
    ])
    expect(layer).toEqual({ name: 'flat', grid: [] })
  })
})
