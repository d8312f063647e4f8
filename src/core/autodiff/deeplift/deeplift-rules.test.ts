import { describe, expect, test } from 'vitest'
import { floatTensor } from '../../onnx/constants.ts'
import type { Model } from '../../onnx/ir.ts'
import {
  createFeeds,
  type Feeds,
  type Provider,
  runGradient,
  traceTypes,
} from '../../testing/check-gradient.ts'
import { runDeepLift } from '../../testing/run-deeplift.ts'
import {
  count,
  float,
  ints,
  randomFloats,
  randomNumbers,
  type TinyNode,
  tinyModel,
} from '../../testing/tiny-models.ts'
import { vjpRules } from '../vjp-rules.ts'
import { deepliftRules } from './deeplift-rules.ts'

type Constants = NonNullable<Parameters<typeof tinyModel>[0]['constants']>

interface OneOperator {
  readonly op: string
  readonly label?: string
  readonly attributes?: TinyNode['attributes']
  /** Names of its inputs; default: x. */
  readonly inputs?: readonly string[]
  readonly dims?: readonly number[]
  /** Of a second model input `z`. */
  readonly second?: readonly number[]
  readonly constants?: Constants
  readonly values?: 'distinct' | 'positive' | 'uniform'
  readonly shift?: number
  readonly opset?: number
}

const perChannel = (n: number, seed: number) => randomFloats([n], seed)

/** Exact at any distance of the two points. */
const exact: readonly OneOperator[] = [
  ...[
    'Abs',
    'Asinh',
    'Atan',
    'Celu',
    'Cos',
    'Cosh',
    'Elu',
    'Erf',
    'Exp',
    'HardSigmoid',
    'HardSwish',
  ],
  ...['LeakyRelu', 'Mish', 'Neg', 'Relu', 'Selu', 'Sigmoid', 'Sin', 'Sinh', 'Softplus'],
  ...['Softsign', 'Tan', 'Tanh', 'Identity', 'GlobalAveragePool'],
  ...['GlobalMaxPool'],
]
  .map((op): OneOperator => ({ op }))
  .concat([
    ...['Log', 'Reciprocal', 'Sqrt'].map((op): OneOperator => ({ op, values: 'positive' })),
    { op: 'Acosh', values: 'positive', shift: 1.5 },
    { op: 'Shrink', attributes: { lambd: float(0.2), bias: float(0.1) } },
    { op: 'Swish', opset: 24 },
    { op: 'MeanVarianceNormalization' },
    {
      op: 'RMSNormalization',
      inputs: ['x', 's'],
      constants: { s: randomFloats([5], 2) },
      opset: 23,
    },
    { op: 'ThresholdedRelu', attributes: { alpha: float(0.1) } },
    { op: 'Gelu', opset: 20 },
    {
      op: 'Gelu',
      label: 'tanh',
      attributes: { approximate: 'tanh' },
      opset: 20,
    },
    { op: 'Clip', inputs: ['x', 'low', 'high'], constants: scalars({ low: -0.3, high: 0.4 }) },
    { op: 'Pow', inputs: ['x', 'p'], constants: scalars({ p: 3 }) },
    {
      op: 'Pow',
      label: '1/2',
      inputs: ['x', 'p'],
      constants: scalars({ p: 0.5 }),
      values: 'positive',
    },
    { op: 'PRelu', inputs: ['x', 's'], constants: { s: randomFloats([3, 1, 1]) } },
    { op: 'Mul', inputs: ['x', 'z'], second: [3, 1, 1] },
    { op: 'Mul', label: 'with itself', inputs: ['x', 'x'] },
    { op: 'Div', inputs: ['x', 'z'], second: [2, 3, 4, 5], shift: 3 },
    { op: 'Div', label: 'broadcast', inputs: ['x', 'z'], second: [4, 1], shift: 3 },
    { op: 'MatMul', inputs: ['x', 'z'], second: [2, 3, 5, 6] },
    {
      op: 'Einsum',
      inputs: ['x', 'z'],
      second: [2, 3, 6, 5],
      attributes: { equation: 'nchw,ncvw->nchv' },
    },
    { op: 'Gemm', inputs: ['x', 'z'], dims: [2, 5], second: [5, 3] },
    { op: 'Conv', inputs: ['x', 'z'], second: [2, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'Max', inputs: ['x', 'z'], second: [4, 1] },
    { op: 'Min', inputs: ['x', 'z'], second: [2, 3, 4, 5] },
    { op: 'Max', label: 'with a constant', inputs: ['x', 'c'], constants: scalars({ c: 0.1 }) },
    ...[1, 2, 3].map(
      (n): OneOperator => ({
        op: 'MaxPool',
        label: `${n}-d`,
        dims: [2, 3, ...[6, 5, 4].slice(0, n)],
        attributes: {
          kernel_shape: new Array<number>(n).fill(2),
          strides: new Array<number>(n).fill(2),
        },
      }),
    ),
    {
      op: 'MaxPool',
      label: 'overlapping',
      dims: [2, 3, 7, 6],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    {
      op: 'Where',
      inputs: ['c', 'x', 'z'],
      second: [2, 3, 4, 5],
      constants: { c: { dtype: 'bool', dims: [5], bytes: Uint8Array.of(1, 0, 0, 1, 1) } },
    },
    { op: 'Softmax', attributes: { axis: 1 } },
    { op: 'LogSoftmax', attributes: { axis: -1 } },
    { op: 'ReduceL1', inputs: ['x', 'axes'], constants: { axes: ints(1, 3) } },
    {
      op: 'ReduceL2',
      inputs: ['x', 'axes'],
      constants: { axes: ints(2) },
      attributes: { keepdims: 0 },
    },
    { op: 'ReduceLogSum', inputs: ['x', 'axes'], constants: { axes: ints(1) }, values: 'positive' },
    { op: 'ReduceLogSumExp', inputs: ['x', 'axes'], constants: { axes: ints(1, 2) } },
    { op: 'ReduceMax', inputs: ['x', 'axes'], constants: { axes: ints(1, 2) } },
    {
      op: 'ReduceMin',
      inputs: ['x', 'axes'],
      constants: { axes: ints(3) },
      attributes: { keepdims: 0 },
    },
    { op: 'ReduceMean', inputs: ['x', 'axes'], constants: { axes: ints(3) } },
    { op: 'ReduceSumSquare', inputs: ['x', 'axes'], constants: { axes: ints(2, 3) } },
    { op: 'LpNormalization', attributes: { axis: 1 } },
    { op: 'LpNormalization', label: 'p = 1', attributes: { axis: 1, p: 1 } },
    {
      op: 'LRN',
      dims: [2, 7, 3, 2],
      attributes: { size: 5, alpha: float(0.8), beta: float(0.7), bias: float(1.2) },
    },
    {
      op: 'LayerNormalization',
      inputs: ['x', 's', 'b'],
      constants: { s: randomFloats([5], 2), b: randomFloats([5], 3) },
    },
    {
      op: 'InstanceNormalization',
      inputs: ['x', 's', 'b'],
      constants: { s: perChannel(3, 2), b: perChannel(3, 3) },
    },
    {
      op: 'GroupNormalization',
      inputs: ['x', 's', 'b'],
      dims: [2, 6, 3, 4],
      attributes: { num_groups: 2 },
      constants: { s: perChannel(6, 2), b: perChannel(6, 3) },
      opset: 21,
    },
  ])

function scalars(values: Readonly<Record<string, number>>): Constants {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, floatTensor([value], [])]),
  )
}

function modelOf(known: OneOperator): Model {
  const { op, attributes, inputs = ['x'], dims = [2, 3, 4, 5], second, constants, opset } = known
  return tinyModel({
    inputs: { x: dims, ...(second && { z: second }) },
    nodes: [{ op, inputs, ...(attributes && { attributes }) }],
    ...(constants && { constants }),
    ...(opset !== undefined && { opset }),
  })
}

/** sum(map) of all inputs and rows against the change of the explained sum. */
async function relativeGap(model: Model, feeds: Feeds, baseline: Feeds, provider: Provider) {
  const types = await traceTypes(model, feeds)
  const length = count(types.get(model.graph.outputs[0]!.name)!.dims)
  const weights = randomNumbers(length, 77)
  const { maps, scores, baselineScores } = await runDeepLift({
    model,
    feeds,
    baseline,
    weights,
    provider,
  })
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
  const size = sum(maps.flat().map(Math.abs)) + 1e-6
  expect(size).toBeGreaterThan(1e-3)
  return Math.abs(sum(maps.flat()) - (sum(scores) - sum(baselineScores))) / size
}

const named = exact.map((known) => [`${known.op} ${known.label ?? ''}`.trim(), known] as const)

describe.each(['native', 'webgpu'] as const)(
  'adds up to the change of the output (%s)',
  (provider) => {
    test.each(named)('%s', async (_, known) => {
      const model = modelOf(known)
      const check = { values: known.values ?? 'uniform', shift: known.shift ?? 0 } as const
      const feeds = createFeeds(model, { ...check, seed: 3 })
      const baseline = createFeeds(model, { ...check, seed: 900 })
      expect(await relativeGap(model, feeds, baseline, provider)).toBeLessThan(3e-6)
    })
  },
)

/** Linear in everything that may vary: the derivative is the multiplier. */
const linear: readonly string[] = [
  ...[
    'Add',
    'AveragePool',
    'BatchNormalization',
    'Cast',
    'CastLike',
    'Compress',
    'Concat',
    'CumSum',
  ],
  ...['DepthToSpace', 'Dropout', 'Expand', 'Flatten', 'Gather', 'GatherElements', 'GatherND'],
  ...[
    'GlobalAveragePool',
    'Identity',
    'MaxUnpool',
    'Mean',
    'Neg',
    'Pad',
    'ReduceMean',
    'ReduceSum',
    'Reshape',
  ],
  ...[
    'Resize',
    'ReverseSequence',
    'ScatterElements',
    'ScatterND',
    'Slice',
    'SpaceToDepth',
    'Split',
    'Squeeze',
    'Sub',
  ],
  ...['Sum', 'Tile', 'Transpose', 'Trilu', 'Unsqueeze'],
]

test('every operator with a derivative has a rule here or is known to be linear', () => {
  const model = tinyModel({ inputs: { x: [1] }, nodes: [{ op: 'Relu', inputs: ['x'] }] })
  const choose = deepliftRules.open({ ...model, opsets: new Map([['', 23]]) })
  const [node] = model.graph.nodes
  const without = vjpRules.flatMap(({ domain, op }) =>
    domain === '' && !choose({ ...node!, op }) ? [op] : [],
  )
  expect([...new Set(without)].sort()).toEqual([...linear].sort())
})

test('softmax over masked scores: minus infinity at both points', async () => {
  const model = tinyModel({
    inputs: { x: [1, 3] },
    constants: { mask: floatTensor([0, 0, Number.NEGATIVE_INFINITY], [1, 3]) },
    nodes: [
      { op: 'Add', inputs: ['x', 'mask'] },
      { op: 'Softmax', inputs: ['y0'], attributes: { axis: -1 } },
    ],
  })
  const at = (...data: number[]): Feeds => ({
    x: { dtype: 'float32', dims: [1, 3], data: Float32Array.from(data) },
  })
  const request = { model, feeds: at(1, 2, 5), baseline: at(3, 0, -4), weights: [1, 0, 0] }
  const { maps, scores, baselineScores } = await runDeepLift(request)
  // sigmoid(-1) - sigmoid(3); the third score is never seen.
  expect(scores[0]! - baselineScores[0]!).toBeCloseTo(0.2689414 - 0.9525741, 6)
  expect(maps[0]!.reduce((a, b) => a + b, 0)).toBeCloseTo(0.2689414 - 0.9525741, 5)
  expect(maps[0]![2]).toBe(0)
})

describe('becomes the gradient where the baseline is the input', () => {
  test.each(named)('%s', async (_, known) => {
    const model = modelOf(known)
    // Apart from maxima, the multipliers are smooth: a baseline nearer than kinks and ties is near enough.
    const check = {
      values: known.values ?? 'distinct',
      gap: 0.02,
      shift: known.shift ?? 0,
    } as const
    const feeds = createFeeds(model, { ...check, seed: 3 })
    const step = 5e-3
    const shifted: Feeds = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [
        name,
        { ...tensor, data: Float32Array.from(tensor.data as Float32Array, (x) => x - step) },
      ]) as never,
    )
    const types = await traceTypes(model, feeds)
    const weights = randomNumbers(count(types.get(model.graph.outputs[0]!.name)!.dims), 77)
    const { maps } = await runDeepLift({ model, feeds, baseline: shifted, weights })
    const { gradients } = await runGradient({ model, feeds, weights })
    const got = maps.flat().map((value) => value / step)
    const slope = gradients.flatMap(({ data }) => Array.from(data, Number))
    const distance = Math.hypot(...got.map((value, i) => value - slope[i]!))
    expect(distance / Math.hypot(...slope)).toBeLessThan(0.06)
  })
})
