import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Failure } from '../failure.ts'
import {
  type Feeds,
  floats,
  largestDifference,
  randomFeeds,
  runModel,
} from '../testing/run-model.ts'
import { decode } from './codec.ts'
import { floatTensor, int64Tensor } from './constants.ts'
import type { Attributes, ConstantTensor, DType, Model, Node } from './ir.ts'
import { upgradeOpset } from './upgrade-opset.ts'

const MODELS = resolve(import.meta.dirname, '../../../parity/models')

const int = (value: number) => ({ kind: 'int', value }) as const
const ints = (...value: number[]) => ({ kind: 'ints', value }) as const
const float = (value: number) => ({ kind: 'float', value }) as const
const string = (value: string) => ({ kind: 'string', value }) as const

interface Case {
  readonly op: string
  readonly opset: number
  readonly dims: readonly number[]
  readonly attributes?: Attributes
  /** Constants after x; null is an omitted input. */
  readonly inputs?: readonly (ConstantTensor | null)[]
  readonly outputs?: readonly DType[]
  /** Operators expected after the upgrade. */
  readonly becomes?: readonly string[]
}

function build({ op, opset, dims, attributes, inputs = [], outputs }: Case): Model {
  const initializers = new Map<string, ConstantTensor>()
  const names = inputs.map((tensor, index) => {
    if (tensor === null) return ''
    initializers.set(`c${index}`, tensor)
    return `c${index}`
  })
  const outs = (outputs ?? ['float32']).map((dtype, index) => ({
    name: `y${index}`,
    dtype,
    dims: null,
  }))
  const node: Node = {
    name: 'n',
    domain: '',
    op,
    inputs: ['x', ...names],
    outputs: outs.map((out) => out.name),
    attributes: attributes ?? {},
  }
  return {
    irVersion: 4,
    producer: '',
    opsets: new Map([['', opset]]),
    metadata: new Map(),
    graph: {
      name: 'g',
      inputs: [{ name: 'x', dtype: 'float32', dims }],
      outputs: outs,
      nodes: [node],
      initializers,
    },
  }
}

const reduce = (op: string, attributes: Attributes): Case => ({
  op,
  opset: 11,
  dims: [2, 3, 4],
  attributes,
})

const scales = (...values: number[]) => floatTensor(values)
const empty = floatTensor([])

const CASES: readonly Case[] = [
  { op: 'Squeeze', opset: 9, dims: [1, 3, 1], attributes: { axes: ints(0) } },
  { op: 'Squeeze', opset: 11, dims: [1, 3, 1] },
  { op: 'Unsqueeze', opset: 11, dims: [3, 2], attributes: { axes: ints(0, -1) } },
  reduce('ReduceSum', { axes: ints(1), keepdims: int(0) }),
  reduce('ReduceSum', {}),
  ...[
    'ReduceL1',
    'ReduceL2',
    'ReduceLogSumExp',
    'ReduceMax',
    'ReduceMean',
    'ReduceMin',
    'ReduceProd',
    'ReduceSumSquare',
  ].map((op) => reduce(op, { axes: ints(0, -1), keepdims: int(0) })),
  reduce('ReduceMean', {}),
  { ...reduce('ReduceMax', { axes: ints(1) }), opset: 17 },
  { op: 'ReduceLogSum', opset: 9, dims: [2, 3], attributes: { axes: ints(1) } },
  {
    op: 'Split',
    opset: 9,
    dims: [2, 5],
    attributes: { axis: int(1), split: ints(2, 3) },
    outputs: ['float32', 'float32'],
  },
  {
    op: 'Split',
    opset: 11,
    dims: [4, 3],
    outputs: ['float32', 'float32'],
  },
  {
    op: 'Split',
    opset: 13,
    dims: [4, 3],
    inputs: [int64Tensor([1, 3])],
    outputs: ['float32', 'float32'],
  },
  { op: 'Split', opset: 17, dims: [4, 3], outputs: ['float32', 'float32'] },
  {
    op: 'Pad',
    opset: 9,
    dims: [2, 3],
    attributes: { pads: ints(0, 1, 2, -1), value: float(0.5) },
  },
  {
    op: 'Pad',
    opset: 10,
    dims: [2, 3],
    attributes: { pads: ints(1, 1, 1, 2), mode: string('reflect') },
  },
  { op: 'Pad', opset: 17, dims: [2, 3], inputs: [int64Tensor([1, 0, 0, 1]), floatTensor([2], [])] },
  { op: 'Clip', opset: 9, dims: [8], attributes: { min: float(-0.25), max: float(0.5) } },
  { op: 'Clip', opset: 9, dims: [8], attributes: { max: float(0.1) } },
  { op: 'Clip', opset: 10, dims: [8], attributes: { min: float(0.1) } },
  { op: 'Clip', opset: 9, dims: [8] },
  {
    op: 'Slice',
    opset: 9,
    dims: [4, 5],
    attributes: { starts: ints(1, -3), ends: ints(2 ** 53 - 1, -1), axes: ints(0, 1) },
  },
  { op: 'Slice', opset: 9, dims: [4, 5], attributes: { starts: ints(1, 0), ends: ints(3, 2) } },
  { op: 'Dropout', opset: 9, dims: [4], attributes: { ratio: float(0.4) } },
  {
    op: 'Dropout',
    opset: 10,
    dims: [4],
    attributes: { ratio: float(0.4) },
  },
  {
    op: 'TopK',
    opset: 9,
    dims: [3, 5],
    attributes: { k: int(2), axis: int(1) },
    outputs: ['float32', 'int64'],
  },
  {
    op: 'TopK',
    opset: 10,
    dims: [3, 5],
    inputs: [int64Tensor([3])],
    outputs: ['float32', 'int64'],
  },
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op): Case[] => [
    { op, opset: 9, dims: [2, 3, 4], becomes: ['Shape', 'Flatten', op, 'Reshape'] },
    { op, opset: 11, dims: [2, 3, 4], attributes: { axis: int(2) }, becomes: [op] },
    { op, opset: 11, dims: [2, 3, 4], attributes: { axis: int(-1) }, becomes: [op] },
    { op, opset: 11, dims: [2, 3, 4], attributes: { axis: int(-2) } },
    { op, opset: 12, dims: [2, 3, 4], attributes: { axis: int(0) } },
    { op, opset: 12, dims: [2, 3], becomes: [op] },
    { op, opset: 13, dims: [2, 3, 4], becomes: [op] },
    { op, opset: 13, dims: [2, 3, 4], attributes: { axis: int(1) }, becomes: [op] },
  ]),
  ...(['nearest', 'linear'] as const).flatMap((mode): Case[] => {
    const attributes = { mode: string(mode) }
    const old = (op: string, opset: number, dims: number[], by: number[]): Case => ({
      op,
      opset,
      dims,
      attributes,
      inputs: [scales(...by)],
    })
    return [
      old('Upsample', 9, [1, 2, 3, 4], [1, 1, 2, 2]),
      old('Upsample', 9, [1, 2, 3, 4], [1, 1, 1.7, 3]),
      old('Upsample', 9, [1, 1, 2, 3, 4], [1, 1, 2, 2.5, 2]),
      old('Resize', 10, [1, 2, 3, 4], [1, 1, 2, 1.5]),
      old('Resize', 10, [1, 2, 7, 9], [1, 1, 0.5, 0.4]),
      old('Resize', 10, [1, 1, 7, 9], [1, 1, 1.6, 0.4]),
    ]
  }),
  ...['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'].flatMap(
    (transformation): Case[] =>
      ['nearest', 'linear', 'cubic'].flatMap((mode) => {
        const attributes = {
          mode: string(mode),
          coordinate_transformation_mode: string(transformation),
        }
        const dims = [1, 2, 4, 5]
        return [
          { op: 'Resize', opset: 11, dims, attributes, inputs: [empty, scales(1, 1, 2, 1.5)] },
          {
            op: 'Resize',
            opset: 12,
            dims,
            attributes,
            inputs: [empty, empty, int64Tensor([1, 2, 7, 3])],
          },
        ]
      }),
  ),
  {
    op: 'Resize',
    opset: 11,
    dims: [1, 1, 4, 5],
    attributes: {
      mode: string('linear'),
      coordinate_transformation_mode: string('tf_crop_and_resize'),
    },
    inputs: [floatTensor([0, 0, 0.2, 0.1, 1, 1, 0.8, 0.9]), empty, int64Tensor([1, 1, 3, 4])],
  },
  ...[scales(1, 1, 2, 1.5), scales(1, 1, 0.5, 0.7)].map(
    (by): Case => ({
      op: 'Resize',
      opset: 11,
      dims: [1, 1, 4, 7],
      attributes: {
        mode: string('nearest'),
        nearest_mode: string('floor'),
        coordinate_transformation_mode: string('tf_half_pixel_for_nn'),
      },
      inputs: [empty, by],
    }),
  ),
  {
    op: 'RoiAlign',
    opset: 10,
    dims: [1, 1, 6, 6],
    attributes: { output_height: int(2), output_width: int(3), sampling_ratio: int(2) },
    inputs: [floatTensor([0.5, 1, 4, 5], [1, 4]), int64Tensor([0])],
  },
  {
    op: 'Scatter',
    opset: 9,
    dims: [3, 2],
    attributes: { axis: int(0) },
    inputs: [int64Tensor([2, 0], [1, 2]), floatTensor([7, 8], [1, 2])],
    becomes: ['ScatterElements'],
  },
  {
    op: 'BatchNormalization',
    opset: 9,
    dims: [2, 2, 3],
    attributes: { epsilon: float(0.01) },
    inputs: [
      floatTensor([2, 3]),
      floatTensor([0.5, -1]),
      floatTensor([0.1, 0.2]),
      floatTensor([1, 4]),
    ],
  },
  // Unchanged operators must pass through untouched.
  { op: 'ArgMax', opset: 11, dims: [3, 4], attributes: { axis: int(1) }, outputs: ['int64'] },
  {
    op: 'DepthToSpace',
    opset: 9,
    dims: [1, 8, 2, 2],
    attributes: { blocksize: int(2) },
    becomes: ['DepthToSpace'],
  },
]

function positive(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => [
      name,
      floats(
        Array.from(data as Iterable<number>, (value) => Math.abs(value) + 0.1),
        dims,
      ),
    ]),
  )
}

describe('upgradeOpset', () => {
  const named = CASES.map((each) => {
    const details = JSON.stringify({ ...each.attributes }).replace(/"(kind|value)":/g, '')
    return [`${each.op}-${each.opset} on [${each.dims}] ${details}`, each] as const
  })
  it.each(named)('%s', async (_, each) => {
    const original = build(each)
    const upgraded = upgradeOpset(original)
    const feeds =
      each.op === 'ReduceLogSum' ? positive(randomFeeds(original)) : randomFeeds(original)
    const before = await runModel(original, feeds)
    const after = await runModel(upgraded, feeds)
    expect(upgraded.opsets.get('')).toBe(18)
    expect(largestDifference(before, after)).toBeLessThan(1e-6)
    if (each.becomes) expect(upgraded.graph.nodes.map((node) => node.op)).toEqual(each.becomes)
  })

  it.each([
    'volume-script-9',
    'volume-script-17',
    'picture-script-9',
    'picture-script-10',
    'picture-script-11',
    'picture-script-13',
    'old-storage',
  ])('%s predicts the same at opset 18', async (name) => {
    const original = decode(Uint8Array.from(readFileSync(resolve(MODELS, `${name}.onnx`))))
    const feeds = randomFeeds(original, 2)
    const upgraded = upgradeOpset(original)
    expect(upgraded.irVersion).toBeGreaterThanOrEqual(8)
    const difference = largestDifference(
      await runModel(original, feeds),
      await runModel(upgraded, feeds),
    )
    expect(difference).toBeLessThan(1e-6)
  })

  it('returns models of opset 18 and newer as they are', () => {
    for (const opset of [18, 21, 23]) {
      const model = build({ op: 'Relu', opset, dims: [2] })
      expect(upgradeOpset(model)).toBe(model)
    }
  })

  it('keeps the element type of bounds in a float16 model', async () => {
    const half = build({ op: 'Clip', opset: 9, dims: [3], attributes: { min: float(0) } })
    const cast = (name: string, from: string, output: string, to: number): Node => ({
      name,
      domain: '',
      op: 'Cast',
      inputs: [from],
      outputs: [output],
      attributes: { to: int(to) },
    })
    const clip = half.graph.nodes[0]!
    const model: Model = {
      ...half,
      opsets: new Map([['', 10]]),
      graph: {
        ...half.graph,
        nodes: [
          cast('down', 'x', 'h', 10),
          { ...clip, inputs: ['h'], outputs: ['c'] },
          cast('up', 'c', 'y0', 1),
        ],
      },
    }
    const { y0 } = await runModel(upgradeOpset(model), { x: floats([-1, 0.5, 2], [3]) })
    expect([...y0!.data]).toEqual([0, 0.5, 2])
  })

  it('refuses what newer opsets cannot express, naming the node', () => {
    const model = build({
      op: 'Resize',
      opset: 11,
      dims: [1, 1, 4, 4],
      attributes: {
        mode: string('linear'),
        coordinate_transformation_mode: string('tf_half_pixel_for_nn'),
      },
      inputs: [empty, scales(1, 1, 2, 2)],
    })
    expect(() => upgradeOpset(model)).toThrow(Failure)
    expect(() => upgradeOpset(model)).toThrow(/Resize node "n" uses tf_half_pixel_for_nn/)
  })
})
