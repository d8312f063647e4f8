import { expect, test } from 'vitest'
import { floatTensor } from '../onnx/constants.ts'
import type { Model } from '../onnx/ir.ts'
import {
  createFeeds,
  gradientRecipeOf,
  runGradient,
  traceTypes,
} from '../testing/check-gradient.ts'
import { runModel } from '../testing/run-model.ts'
import { count, randomFloats, type TinyNode, tinyModel } from '../testing/tiny-models.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from './gradient-graph.ts'
import { traitsOf } from './lowering/provider-traits.ts'
import type { ExplanationRecipe } from './recipe.ts'

const tensor = (dims: readonly number[], ...values: number[]) =>
  ({ dtype: 'float32', dims, data: Float32Array.from(values) }) as const
const numbersOf = (values: { readonly data: ArrayLike<unknown> }) => Array.from(values.data, Number)

async function compile(
  model: Model,
  options: { provider?: 'native' | 'webgpu'; recipe?: ExplanationRecipe; target?: string } = {},
) {
  return compileExplanation({
    model,
    types: await traceTypes(model, createFeeds(model, {})),
    target: options.target ?? model.graph.outputs[0]!.name,
    recipe: options.recipe ?? gradientRecipeOf(undefined, 'standard'),
    traits: traitsOf(options.provider ?? 'native'),
  })
}

test('an unknown value is answered with near names', async () => {
  const model = tinyModel({
    inputs: { x: [2] },
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['relu1'] }],
  })
  await expect(compile(model, { target: 'relu2' })).rejects.toMatchObject({
    kind: 'bad-request',
    message: "The model has no value named 'relu2'. Did you mean 'relu1'?",
  })
})

test('an integer value cannot be explained', async () => {
  const nodes = [
    { op: 'ArgMax', inputs: ['x'] },
    { op: 'Cast', inputs: ['y0'], attributes: { to: 1 } },
  ]
  const model = tinyModel({ inputs: { x: [2, 3] }, nodes })
  await expect(compile(model, { target: 'y0' })).rejects.toMatchObject({ kind: 'bad-request' })
})

test('a scalar target has one score', async () => {
  const model = tinyModel({
    inputs: { x: [3] },
    nodes: [{ op: 'ReduceSum', inputs: ['x'], attributes: { keepdims: 0 } }],
  })
  const feeds = { x: tensor([3], 1, 2, 3) }
  const { scores, gradients } = await runGradient({ model, feeds, weights: [2] })
  expect(scores).toEqual([12])
  expect(numbersOf(gradients[0]!)).toEqual([2, 2, 2])
})

test('no weight gradient is emitted, and weights appear once', async () => {
  const pads = { pads: [1, 1, 1, 1] }
  const model = tinyModel({
    inputs: { x: [1, 2, 8, 8] },
    constants: { w: randomFloats([2, 2, 3, 3], 1), b: randomFloats([2], 2) },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'b'], attributes: pads },
      { op: 'Relu', inputs: ['y0'] },
      { op: 'Conv', inputs: ['y1', 'w', 'b'], attributes: pads },
    ],
  })
  const { graph } = await compile(model)
  expect(graph.nodes.filter((node) => node.op === 'Conv')).toHaveLength(4)
  const convolved = graph.nodes.filter((node) => node.op === 'Conv').map((node) => node.inputs[1])
  expect(new Set(convolved).size).toBe(2)
})

test('only the part of the model that is needed is kept', async () => {
  const nodes: TinyNode[] = [
    { op: 'Relu', inputs: ['x'] },
    { op: 'Exp', inputs: ['y0'], outputs: ['tail'] },
  ]
  const compiled = await compile(tinyModel({ inputs: { x: [2] }, nodes }), { target: 'y0' })
  expect(compiled.graph.nodes.map((node) => node.op)).not.toContain('Exp')
})

test('the target can be baked in', async () => {
  const model = tinyModel({ inputs: { x: [2] }, nodes: [{ op: 'Exp', inputs: ['x'] }] })
  const feeds = { x: tensor([2], 0, 0) }
  const compiled = compileExplanation({
    model,
    types: await traceTypes(model, feeds),
    target: 'y0',
    recipe: gradientRecipeOf(undefined, 'standard'),
    traits: traitsOf('native'),
    emitWeights: (g) => g.constant(floatTensor([5, 7])),
  })
  expect(compiled.graph.inputs.map((input) => input.name)).toEqual(['x'])
  const results = await runModel(compiled, feeds)
  expect(numbersOf(results['gradient.0']!)).toEqual([5, 7])
  expect(numbersOf(results[SCORES]!)).toEqual([5, 7])
})

test('outputs of a recipe that are inputs, constants or repeated get names of their own', async () => {
  const model = tinyModel({ inputs: { x: [2] }, nodes: [{ op: 'Exp', inputs: ['x'] }] })
  const recipe: ExplanationRecipe = {
    key: 'test',
    rules: 'standard',
    emit: ({ g, inputs: [x], value }) => [x!, value('y0'), g.numbers([1], [4]), x!],
  }
  const compiled = await compile(model, { recipe })
  const names = compiled.graph.outputs.map((output) => output.name)
  expect(names[0]).toBe(SCORES)
  expect(new Set(names).size).toBe(5)
  const weights = { dtype: 'float32', dims: [2], data: Float32Array.of(1, 1) } as const
  const results = await runModel(compiled, { x: tensor([2], 0, 1), [TARGET_WEIGHTS]: weights })
  expect(names.slice(1).map((name) => numbersOf(results[name]!).map(Math.round))).toEqual([
    [0, 1],
    [1, 3],
    [4],
    [0, 1],
  ])
})

test('for WebGPU no operator is left that it lacks, and the numbers are the same', async () => {
  const model = tinyModel({
    inputs: { x: [2, 2, 6, 6, 6] },
    constants: {
      grouped: randomFloats([4, 1, 3, 3, 3], 1),
      bias: randomFloats([4], 2),
      up: randomFloats([4, 2, 2, 2, 2], 3),
      upBias: randomFloats([2], 4),
    },
    nodes: [
      {
        op: 'Conv',
        inputs: ['x', 'grouped', 'bias'],
        attributes: { group: 2, pads: [1, 1, 1, 1, 1, 1] },
      },
      { op: 'Tanh', inputs: ['y0'] },
      {
        op: 'MaxPool',
        inputs: ['y1'],
        attributes: { kernel_shape: [2, 2, 2], strides: [2, 2, 2] },
      },
      { op: 'ConvTranspose', inputs: ['y2', 'up', 'upBias'], attributes: { strides: [2, 2, 2] } },
    ],
  })
  const { graph } = await compile(model, { provider: 'webgpu' })
  for (const node of graph.nodes) {
    expect(node.op).not.toBe('ConvTranspose')
    if (node.op === 'MaxPool') expect(node.outputs).toHaveLength(1)
    if (node.op === 'Conv') expect(node.attributes.group).toEqual({ kind: 'int', value: 1 })
  }
  const feeds = createFeeds(model, {})
  const weights = numbersOf(randomFeeds(count([2, 2, 6, 6, 6])))
  const native = await runGradient({ model, feeds, weights })
  const webgpu = await runGradient({ model, feeds, weights, provider: 'webgpu' })
  webgpu.scores.forEach((score, row) => {
    expect(score).toBeCloseTo(native.scores[row]!, 3)
  })
  const expected = numbersOf(native.gradients[0]!)
  const difference = numbersOf(webgpu.gradients[0]!).map((value, i) => value - expected[i]!)
  expect(Math.hypot(...difference) / Math.hypot(...expected)).toBeLessThan(1e-5)
})

function randomFeeds(length: number) {
  const { bytes } = randomFloats([length], 9)
  return { data: new Float32Array(bytes.buffer, bytes.byteOffset, length) }
}
