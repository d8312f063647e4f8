import { expect, test } from 'vitest'
import { boolTensor, floatScalar, floatTensor } from '../onnx/constants.ts'
import type { Model } from '../onnx/ir.ts'
import {
  createFeeds,
  gradientError,
  gradientRecipeOf,
  runGradient,
  traceTypes,
} from '../testing/check-gradient.ts'
import { ints, randomFloats, tinyModel } from '../testing/tiny-models.ts'
import { compileExplanation } from './gradient-graph.ts'
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

test('paths that split and meet again add up', async () => {
  const model = tinyModel({
    inputs: { x: [2, 3] },
    nodes: [
      { op: 'Exp', inputs: ['x'] },
      { op: 'Mul', inputs: ['y0', 'x'] },
      { op: 'Sub', inputs: ['y1', 'y0'] },
      { op: 'Mul', inputs: ['y2', 'y2'] },
      { op: 'Add', inputs: ['y3', 'x'] },
    ],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('several inputs, one of them through an operator that broadcasts', async () => {
  const model = tinyModel({
    inputs: { image: [2, 3, 4], age: [2, 1, 1], scale: [] },
    nodes: [
      { op: 'Mul', inputs: ['image', 'age'] },
      { op: 'Tanh', inputs: ['y0'] },
      { op: 'Mul', inputs: ['y1', 'scale'] },
    ],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('a network of many layers', async () => {
  const model = tinyModel({
    inputs: { x: [2, 1, 8, 8, 8] },
    constants: {
      w1: randomFloats([4, 1, 3, 3, 3], 1),
      w2: randomFloats([4, 4, 3, 3, 3], 2),
      dense: randomFloats([4, 3], 3),
      bias: randomFloats([3], 4),
    },
    nodes: [
      {
        op: 'Conv',
        inputs: ['x', 'w1'],
        attributes: { strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1] },
      },
      { op: 'Sigmoid', inputs: ['y0'] },
      { op: 'Conv', inputs: ['y1', 'w2'], attributes: { pads: [1, 1, 1, 1, 1, 1] } },
      { op: 'Add', inputs: ['y2', 'y1'] },
      { op: 'GlobalAveragePool', inputs: ['y3'] },
      { op: 'Flatten', inputs: ['y4'] },
      { op: 'Gemm', inputs: ['y5', 'dense', 'bias'] },
      { op: 'Softmax', inputs: ['y6'] },
    ],
  })
  expect(await gradientError(model)).toBeLessThan(2e-3)
  expect(await gradientError(model, { provider: 'webgpu' })).toBeLessThan(2e-3)
})

test('an input that cannot reach the target gets zeros', async () => {
  const nodes = [
    { op: 'Relu', inputs: ['unused'], outputs: ['other'] },
    { op: 'Exp', inputs: ['x'] },
  ]
  const model = tinyModel({ inputs: { x: [2], unused: [3] }, nodes })
  const feeds = { x: tensor([2], 0, 0), unused: tensor([3], 1, 2, 3) }
  const { gradients } = await runGradient({ model, feeds, weights: [3, 4] })
  expect(gradients.map(numbersOf)).toEqual([
    [3, 4],
    [0, 0, 0],
  ])
})

test('a path through integers or through a step function is no path', async () => {
  for (const steps of [
    [
      { op: 'Cast', inputs: ['x'], attributes: { to: 7 } },
      { op: 'Cast', inputs: ['y0'], attributes: { to: 1 } },
    ],
    [
      { op: 'Floor', inputs: ['x'] },
      { op: 'Identity', inputs: ['y0'] },
    ],
    [
      { op: 'Sign', inputs: ['x'] },
      { op: 'Identity', inputs: ['y0'] },
    ],
  ]) {
    const model = tinyModel({
      inputs: { x: [3] },
      nodes: [...steps, { op: 'Mul', inputs: ['x', 'y1'] }],
    })
    const feeds = { x: tensor([3], 2, 3, 5) }
    const { gradients } = await runGradient({ model, feeds, weights: [1, 1, 1] })
    const expected = steps[0]!.op === 'Sign' ? [1, 1, 1] : [2, 3, 5]
    expect(numbersOf(gradients[0]!)).toEqual(expected)
  }
})

test('the operator without a rule is named, with its domain, opset and node', async () => {
  const model = tinyModel({ inputs: { x: [1, 3, 3] }, nodes: [{ op: 'Det', inputs: ['x'] }] })
  await expect(compile(model)).rejects.toMatchObject({
    kind: 'unsupported-operator',
    message:
      "This model needs Det (ai.onnx, opset 18, node 'Det_0'), which has no gradient " +
      'rule yet; occlusion works with any operator.',
  })
})

test('an operator without a rule off the path does not matter', async () => {
  const nodes = [
    { op: 'Det', inputs: ['w'] },
    { op: 'Mul', inputs: ['x', 'y0'] },
  ]
  const constants = { w: randomFloats([1, 3, 3]) }
  const model = tinyModel({ inputs: { x: [1, 1, 2, 2] }, constants, nodes })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('rows of a batch are independent, in scores and gradients', async () => {
  const model = tinyModel({
    inputs: { x: [3, 2] },
    constants: { w: floatTensor([1, 2, 3, 4], [2, 2]) },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'] },
      { op: 'Mul', inputs: ['y0', 'y0'] },
    ],
  })
  const feeds = { x: tensor([3, 2], 1, 0, 0, 1, 1, 1) }
  const { scores, gradients } = await runGradient({ model, feeds, weights: [1, 0, 0, 1, 1, 1] })
  // y0 = [1,2], [3,4], [4,6]; scores 1, 16, 16 + 36.
  expect(scores).toEqual([1, 16, 52])
  expect(numbersOf(gradients[0]!)).toEqual([2, 6, 16, 32, 32, 72])
})

test('internal values: as target, and as what is differentiated', async () => {
  const model = tinyModel({
    inputs: { x: [2, 2] },
    nodes: [
      { op: 'Exp', inputs: ['x'], outputs: ['hidden'] },
      { op: 'Mul', inputs: ['hidden', 'hidden'], outputs: ['squared'] },
      { op: 'Neg', inputs: ['squared'] },
    ],
  })
  const feeds = { x: tensor([2, 2], 0, 0, 0, 0) }
  const weights = [1, 2, 3, 4]
  const inside = await runGradient({
    model,
    feeds,
    weights,
    target: 'squared',
    of: ['hidden', 'x'],
  })
  expect(inside.gradients.map(numbersOf)).toEqual([
    [2, 4, 6, 8],
    [2, 4, 6, 8],
  ])
  expect(inside.scores).toEqual([3, 7])
  const own = await runGradient({
    model,
    feeds,
    weights,
    target: 'hidden',
    of: ['hidden', 'squared'],
  })
  expect(own.gradients.map(numbersOf)).toEqual([weights, [0, 0, 0, 0]])
})

test('guided back-propagation gates twice, at every ReLU', async () => {
  const model = tinyModel({
    inputs: { x: [1, 4] },
    constants: { w: floatTensor([1, -1, 1, -1], [1, 4]) },
    nodes: [
      { op: 'Relu', inputs: ['x'] },
      { op: 'Mul', inputs: ['y0', 'w'] },
    ],
  })
  const feeds = { x: tensor([1, 4], 1, 1, -1, 0) }
  const weights = [1, 1, 1, 1]
  const standard = await runGradient({ model, feeds, weights })
  const guided = await runGradient({ model, feeds, weights, rules: 'guided-backprop' })
  expect(numbersOf(standard.gradients[0]!)).toEqual([1, -1, 0, 0])
  expect(numbersOf(guided.gradients[0]!)).toEqual([1, 0, 0, 0])
})

test('models in half and double precision are differentiated in their own precision', async () => {
  for (const [type, tolerance] of [
    [10, 3e-2],
    [11, 1e-3],
  ] as const) {
    const model = tinyModel({
      inputs: { x: [2, 3] },
      nodes: [
        { op: 'Cast', inputs: ['x'], attributes: { to: type } },
        { op: 'Sigmoid', inputs: ['y0'] },
        { op: 'Mul', inputs: ['y1', 'y1'] },
        { op: 'Cast', inputs: ['y2'], attributes: { to: 1 } },
      ],
    })
    expect(await gradientError(model, { step: 0.1 })).toBeLessThan(tolerance)
  }
})

test('Where and Gather on a mask that the model computes', async () => {
  const model = tinyModel({
    inputs: { x: [2, 4] },
    constants: {
      limit: floatScalar(0.1),
      flags: boolTensor([true, true, false, true]),
      axes: ints(1),
      first: ints(0, 3),
    },
    nodes: [
      { op: 'Greater', inputs: ['x', 'limit'] },
      { op: 'And', inputs: ['y0', 'flags'] },
      { op: 'Mul', inputs: ['x', 'x'] },
      { op: 'Where', inputs: ['y1', 'y2', 'x'] },
      { op: 'Gather', inputs: ['y3', 'first'], attributes: { axis: 1 } },
      { op: 'ReduceMean', inputs: ['y4', 'axes'] },
    ],
  })
  expect(await gradientError(model, { values: 'distinct', gap: 0.07 })).toBeLessThan(1e-3)
})
