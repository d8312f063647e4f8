import { expect, test } from 'vitest'
import { floatScalar, int64Scalar, int64Tensor } from '../../onnx/constants.ts'
import type { ConstantTensor } from '../../onnx/ir.ts'
import { gradientError, runGradient } from '../../testing/check-gradient.ts'
import { ints, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'

async function expectGradient(
  inputs: Readonly<Record<string, readonly number[]>>,
  constants: Readonly<Record<string, ConstantTensor>>,
  ...nodes: TinyNode[]
) {
  expect(await gradientError(tinyModel({ inputs, constants, nodes }))).toBeLessThan(1e-3)
}

test.each([0, 1, -1])('Concat along %d', async (axis) => {
  const at = axis < 0 ? 2 : axis
  const b = [2, 3, 2].with(at, 4)
  await expectGradient(
    { a: [2, 3, 2], b },
    {},
    {
      op: 'Concat',
      inputs: ['a', 'b', 'a'],
      attributes: { axis },
    },
  )
})

const gathers: readonly [axis: number, indices: ConstantTensor][] = [
  [1, int64Scalar(0)],
  [1, int64Scalar(-1)],
  [0, ints(1, 2)],
  [1, ints(3, 0, 3)],
  [-1, int64Tensor([0, 2, 1, 2, 2, 0], [2, 3])],
]
test.each(gathers)('Gather along %d', async (axis, indices) => {
  const node = { op: 'Gather', inputs: ['x', 'i'], attributes: { axis } }
  await expectGradient({ x: [3, 4, 3] }, { i: indices }, node)
})

test('Gather with indices that are computed while the model runs', async () => {
  await expectGradient(
    { x: [3, 4, 2] },
    { i: ints(3, 0, 3) },
    { op: 'Shape', inputs: ['x'] },
    { op: 'ReduceMin', inputs: ['y0'], attributes: { keepdims: 0 } },
    { op: 'Sub', inputs: ['i', 'y1'] },
    { op: 'Abs', inputs: ['y2'] },
    { op: 'Gather', inputs: ['x', 'y3'], attributes: { axis: 1 } },
  )
})

test('GatherElements, GatherND', async () => {
  await expectGradient(
    { x: [3, 3] },
    { i: int64Tensor([0, 2, 2, 0, 1, 1], [2, 3]) },
    {
      op: 'GatherElements',
      inputs: ['x', 'i'],
    },
  )
  await expectGradient(
    { x: [3, 3, 2] },
    { i: int64Tensor([0, 2, 2, 0, 0, 2], [3, 2]) },
    {
      op: 'GatherND',
      inputs: ['x', 'i'],
    },
  )
})

test.each(['none', 'add'])('ScatterElements and ScatterND, reduction %s', async (reduction) => {
  const places = int64Tensor([0, 2, 1, 2, 1, 0], [2, 3])
  await expectGradient(
    { data: [3, 3], updates: [2, 3] },
    { places },
    {
      op: 'ScatterElements',
      inputs: ['data', 'places', 'updates'],
      attributes: { reduction },
    },
  )
  await expectGradient(
    { data: [3, 3, 2], updates: [2, 2] },
    { i: int64Tensor([0, 2, 2, 1], [2, 2]) },
    {
      op: 'ScatterND',
      inputs: ['data', 'i', 'updates'],
      attributes: { reduction },
    },
  )
})

const pads: readonly [mode: string, amounts: readonly number[]][] = [
  ['constant', [0, 1, 2, 0, 0, 3]],
  ['constant', [0, -1, 2, 0, -1, -2]],
  ['reflect', [0, 2, 1, 0, 1, 3]],
  ['edge', [0, 2, 1, 0, 1, 3]],
  ['wrap', [0, 2, 1, 0, 1, 3]],
]
test.each(pads)('Pad %s %j', async (mode, amounts) => {
  const constants = { pads: ints(...amounts), value: floatScalar(0.5) }
  const model = tinyModel({
    inputs: { x: [2, 4, 5] },
    constants,
    nodes: [{ op: 'Pad', inputs: ['x', 'pads', 'value'], attributes: { mode } }],
    opset: 19,
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('Pad of chosen axes', async () => {
  const constants = { pads: ints(1, 2, 0, 1), axes: ints(-1, 0) }
  await expectGradient({ x: [2, 4, 5] }, constants, {
    op: 'Pad',
    inputs: ['x', 'pads', '', 'axes'],
  })
})

const END = Number.MAX_SAFE_INTEGER
const slices: readonly (readonly number[])[][] = [
  [[1], [3], [1], [1]],
  [
    [0, -2],
    [END, END],
    [1, 2],
    [1, 1],
  ],
  [[1], [END], [2], [2]],
  [
    [0, 1],
    [5, 6],
    [1, 2],
    [3, 2],
  ],
  [[-1], [-END], [2], [-1]],
  [
    [4, 5],
    [0, -END],
    [1, 2],
    [-2, -3],
  ],
  [[3], [4], [1], [5]],
]
test.each(slices)('Slice from %j to %j, axes %j, steps %j', async (starts, ends, axes, steps) => {
  const constants = {
    starts: ints(...starts!),
    ends: ints(...ends!),
    axes: ints(...axes!),
    steps: ints(...steps!),
  }
  await expectGradient({ x: [2, 5, 6] }, constants, {
    op: 'Slice',
    inputs: ['x', 'starts', 'ends', 'axes', 'steps'],
  })
})

test('Slice with bounds that are computed is refused', async () => {
  const model = tinyModel({
    inputs: { x: [3] },
    constants: { one: ints(1) },
    nodes: [
      { op: 'Shape', inputs: ['x'] },
      { op: 'Slice', inputs: ['x', 'one', 'y0'] },
    ],
  })
  const feeds = { x: { dtype: 'float32', dims: [3], data: new Float32Array(3) } } as const
  await expect(runGradient({ model, feeds, weights: [1, 1] })).rejects.toThrow(
    /Input 'ends' of Slice node 'Slice_1' is computed while the model runs/,
  )
})

test('Split with an unused part', async () => {
  const split = {
    op: 'Split',
    inputs: ['x', 'sizes'],
    outputs: ['p', 'q', 'r'],
    attributes: { axis: 1 },
  }
  const sizes = ints(2, 1, 3)
  await expectGradient({ x: [2, 6] }, { sizes }, split, {
    op: 'Concat',
    inputs: ['r', 'p'],
    attributes: { axis: 1 },
  })
})

test('Split into equal parts', async () => {
  const split = {
    op: 'Split',
    inputs: ['x'],
    outputs: ['p', 'q'],
    attributes: { axis: -1, num_outputs: 2 },
  }
  await expectGradient({ x: [2, 6] }, {}, split, { op: 'Mul', inputs: ['p', 'q'] })
})
