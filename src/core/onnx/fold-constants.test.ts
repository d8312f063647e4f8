import { describe, expect, it } from 'vitest'
import { floats, runModel } from '../testing/run-model.ts'
import { boolTensor, floatTensor, int64Scalar, int64Tensor, readNumbers } from './constants.ts'
import { foldConstants } from './fold-constants.ts'
import type { Attributes, ConstantTensor, Model, Node, ValueTypes } from './ir.ts'

const int = (value: number) => ({ kind: 'int', value }) as const
const ints = (...value: number[]) => ({ kind: 'ints', value }) as const
const END = 2 ** 53 - 1

type Input = ConstantTensor | null
type Case = readonly [op: string, inputs: readonly Input[], attributes?: Attributes]

const matrix = int64Tensor([5, -3, 7, 2, 9, -8], [2, 3])
const row = int64Tensor([2, -3, 4])
const column = int64Tensor([1, -2], [2, 1])
const real = floatTensor([0.5, -1.5, 2.5, 0.1, 1e-3, -7.25], [2, 3])
const yes = boolTensor([true, false, true])
const cube = int64Tensor(
  Array.from({ length: 24 }, (_, index) => index),
  [2, 3, 4],
)

/** Every operator that is folded, with the runtime as the oracle. */
const CASES: readonly Case[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op): Case[] => [
    [op, [matrix, row]],
    [op, [column, row]],
    [op, [real, floatTensor([0.3, -0.7, 1.1])]],
    [op, [int64Scalar(-7), int64Scalar(2)]],
  ]),
  ...['Max', 'Min', 'Sum'].flatMap((op): Case[] => [[op, [real, floatTensor([0.4], []), real]]]),
  ['Max', [matrix, row]],
  ['Abs', [matrix]],
  ['Neg', [real]],
  ...['Ceil', 'Floor', 'Round'].map(
    (op): Case => [op, [floatTensor([-1.5, -0.5, 0.5, 1.5, 2.5, 2.4])]],
  ),
  ['Sqrt', [floatTensor([2, 3, 0.1])]],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map(
    (op): Case => [op, [matrix, int64Tensor([5, -3, 8])]],
  ),
  ...['And', 'Or'].map((op): Case => [op, [yes, boolTensor([true, true, false])]]),
  ['Not', [yes]],
  ['Where', [yes, row, column]],
  ['Cast', [real], { to: int(7) }],
  ['Cast', [real], { to: int(9) }],
  ['Cast', [matrix], { to: int(1) }],
  ['Cast', [matrix], { to: int(6) }],
  ['CastLike', [matrix, real]],
  [
    'Concat',
    [matrix, int64Tensor([1, 2], [2, 1]), int64Tensor([], [2, 0]), matrix],
    { axis: int(-1) },
  ],
  ['Concat', [row, int64Tensor([]), int64Tensor([4])], { axis: int(0) }],
  ['ConstantOfShape', [int64Tensor([2, 3])]],
  ['ConstantOfShape', [int64Tensor([2])], { value: { kind: 'tensor', value: int64Tensor([7]) } }],
  ['ConstantOfShape', [int64Tensor([])]],
  ['Expand', [column, int64Tensor([3, 1, 4])]],
  ['Flatten', [cube], { axis: int(2) }],
  ['Flatten', [cube], { axis: int(0) }],
  ['Gather', [cube, int64Tensor([2, -1, 0, 1], [2, 2])], { axis: int(1) }],
  ['Gather', [row, int64Scalar(-1)]],
  ['Mod', [matrix, column], { fmod: int(1) }],
  ['Mod', [matrix, column]],
  ['Mod', [int64Scalar(7), int64Scalar(-2)]],
  ['Mod', [real, floatTensor([0.3, -0.7, 1.1])], { fmod: int(1) }],
  ['Range', [int64Scalar(3), int64Scalar(-6), int64Scalar(-2)]],
  ['Range', [floatTensor([0.5], []), floatTensor([3], []), floatTensor([0.75], [])]],
  ['Range', [int64Scalar(3), int64Scalar(3), int64Scalar(1)]],
  ['ReduceMax', [cube, int64Tensor([1])], { keepdims: int(0) }],
  ['ReduceMin', [cube, int64Tensor([0, -1])]],
  ['ReduceProd', [row], { keepdims: int(0) }],
  ['ReduceSum', [cube, int64Tensor([2, 0])], { keepdims: int(0) }],
  ['ReduceSum', [cube], { noop_with_empty_axes: int(1) }],
  ['Reshape', [cube, int64Tensor([0, -1])]],
  ['Reshape', [cube, int64Tensor([6, 2, 2])]],
  ['Slice', [cube, int64Tensor([1, -3]), int64Tensor([END, -1]), int64Tensor([1, 2])]],
  ['Slice', [cube, int64Tensor([-1]), int64Tensor([-END]), int64Tensor([2]), int64Tensor([-1])]],
  ['Slice', [cube, int64Tensor([2]), int64Tensor([0]), int64Tensor([1]), int64Tensor([-2])]],
  ['Slice', [cube, int64Tensor([0, 0, 1]), int64Tensor([9, 9, 9]), null, int64Tensor([1, 2, 2])]],
  ['Slice', [cube, int64Tensor([3]), int64Tensor([1]), int64Tensor([2])]],
  ['Squeeze', [int64Tensor([1, 2], [1, 2, 1])]],
  ['Squeeze', [int64Tensor([1, 2], [1, 2, 1]), int64Tensor([-1])]],
  ['Tile', [matrix, int64Tensor([2, 3])]],
  ['Transpose', [cube], { perm: ints(2, 0, 1) }],
  ['Transpose', [cube]],
  ['Unsqueeze', [matrix, int64Tensor([0, -1])]],
]

function build([op, inputs, attributes = {}]: Case): Model {
  const initializers = new Map<string, ConstantTensor>()
  const names = inputs.map((tensor, index) => {
    if (tensor === null) return ''
    initializers.set(`c${index}`, tensor)
    return `c${index}`
  })
  const node = (
    name: string,
    of: string,
    from: readonly string[],
    output: string,
    extra: Attributes,
  ): Node => ({
    name,
    domain: '',
    op: of,
    inputs: from,
    outputs: [output],
    attributes: extra,
  })
  return {
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: {
      name: 'g',
      inputs: [{ name: 'x', dtype: 'float32', dims: [1] }],
      outputs: [
        { name: 'r', dtype: 'other', dims: null },
        { name: 'y', dtype: 'float32', dims: [1] },
      ],
      nodes: [
        node('n', op, names, 'folded', attributes),
        // A graph output is never folded away; this Identity keeps 'folded' internal.
        node('out', 'Identity', ['folded'], 'r', {}),
        node('relu', 'Relu', ['x'], 'y', {}),
      ],
      initializers,
    },
  }
}

describe('foldConstants computes what the runtime computes', () => {
  const named = CASES.map(
    (each, index) => [`${index}: ${each[0]} ${JSON.stringify(each[2] ?? {})}`, each] as const,
  )
  it.each(named)('%s', async (_, each) => {
    const model = build(each)
    const graph = foldConstants(model.graph)
    expect(graph.nodes.map((node) => node.name)).toEqual(['out', 'relu'])
    const folded = graph.initializers.get('folded')!
    const { r } = await runModel(model, { x: floats([1], [1]) })
    expect(folded.dims).toEqual(r!.dims)
    expect(folded.dtype).toBe(r!.dtype)
    expect(readNumbers(folded)).toEqual(Array.from(r!.data, Number))
  })
})

describe('foldConstants leaves alone', () => {
  const kept = (each: Case) => foldConstants(build(each).graph).nodes.map((node) => node.op)
  it.each<[string, Case]>([
    ['a division by zero', ['Div', [row, int64Scalar(0)]]],
    ['arithmetic on INT64_MAX', ['Add', [int64Scalar(END), int64Scalar(1)]]],
    ['overflow beyond 2^53', ['Mul', [int64Scalar(2 ** 40), int64Scalar(2 ** 40)]]],
    ['half floats', ['Cast', [real], { to: int(10) }]],
    ['operators it does not know', ['Sin', [real]]],
    ['contradicting shapes', ['Add', [row, int64Tensor([1, 2])]]],
    ['an index out of range', ['Gather', [row, int64Scalar(5)]]],
  ])('%s', (_, each) => {
    expect(kept(each)).toEqual([each[0], 'Identity', 'Relu'])
  })
})

describe('shapes', () => {
  const shapeModel = (attributes: Attributes, op = 'Shape') => {
    const model = build([op, [], attributes])
    const [node, ...rest] = model.graph.nodes
    return { ...model.graph, nodes: [{ ...node!, inputs: ['x'] }, ...rest] }
  }
  const types: ValueTypes = new Map([['x', { name: 'x', dtype: 'float32', dims: [2, 3, 5] }]])

  it('are constant only once they are traced', () => {
    expect(foldConstants(shapeModel({})).initializers.size).toBe(0)
    const read = (attributes: Attributes, op?: string) =>
      readNumbers(foldConstants(shapeModel(attributes, op), types).initializers.get('folded')!)
    expect(read({})).toEqual([2, 3, 5])
    expect(read({ start: int(-2) })).toEqual([3, 5])
    expect(read({ start: int(1), end: int(-1) })).toEqual([3])
    expect(read({}, 'Size')).toEqual([30])
  })
})
