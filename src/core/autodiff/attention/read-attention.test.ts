import { describe, expect, test } from 'vitest'
import { attentionRelevance } from '../../attribution/attention-relevance.ts'
import { attentionRollout } from '../../attribution/attention-rollout.ts'
import { floatTensor } from '../../onnx/constants.ts'
import type { ConstantTensor, Model } from '../../onnx/ir.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { traceTypes } from '../../testing/check-gradient.ts'
import { runRecipe } from '../../testing/run-recipe.ts'
import {
  count,
  ints,
  randomFloats,
  randomNumbers,
  type TinyNode,
  tinyModel,
} from '../../testing/tiny-models.ts'
import { findAttention } from './find-attention.ts'
import { readAttention, type TokenAttention } from './read-attention.ts'

const ROWS = 2
const HEADS = 3
const SIZE = 2
const WIDTH = HEADS * SIZE

interface Graph {
  readonly nodes: readonly TinyNode[]
  readonly constants: Readonly<Record<string, ConstantTensor>>
}

const node = (op: string, inputs: string, output: string, attributes = {}): TinyNode => ({
  op,
  inputs: inputs.split(' '),
  outputs: [output],
  attributes,
})

/** (N, 1, 4, 6) cut by a convolution into 2x3 patches, with a class token in front where wanted. */
function embed(classToken: boolean): Graph {
  const nodes = [
    node('Conv', 'x kernel', 'patches', { strides: [2, 2] }),
    node('Reshape', 'patches flat', 'columns'),
    node('Transpose', 'columns', classToken ? 'image' : 't0', { perm: [0, 2, 1] }),
    ...(classToken ? [node('Concat', 'token image', 't0', { axis: 1 })] : []),
  ]
  const constants = {
    kernel: randomFloats([WIDTH, 1, 2, 2], 1),
    flat: ints(0, WIDTH, -1),
    token: randomFloats([ROWS, 1, WIDTH], 2),
  }
  return { nodes, constants }
}

type Layout = (
  q: string,
  k: string,
  v: string,
  out: string,
) => { readonly nodes: TinyNode[]; readonly constants?: Graph['constants'] }

const perm = (...axes: number[]) => ({ perm: axes })
const split = ints(0, 0, HEADS, SIZE)
const join = ints(0, 0, WIDTH)

/** The same attention as different exporters write it: from (N, T, C) to (N, T, C). */
const layouts: Readonly<Record<string, (tokens: number) => Layout>> = {
  'heads as the second axis': () => (q, k, v, out) => ({
    nodes: [
      ...[q, k, v].map((x) => node('Reshape', `${x} split`, `${x}/s`)),
      node('Transpose', `${q}/s`, `${q}/h`, perm(0, 2, 1, 3)),
      node('Transpose', `${k}/s`, `${k}/h`, perm(0, 2, 3, 1)),
      node('Transpose', `${v}/s`, `${v}/h`, perm(0, 2, 1, 3)),
      node('MatMul', `${q}/h ${k}/h`, `${out}/scores`),
      node('Softmax', `${out}/scores`, `${out}/a`),
      node('MatMul', `${out}/a ${v}/h`, `${out}/mixed`),
      node('Transpose', `${out}/mixed`, `${out}/back`, perm(0, 2, 1, 3)),
      node('Reshape', `${out}/back join`, out),
    ],
    constants: { split, join },
  }),
  'heads as the first axis, guarded, dropped out': () => (q, k, v, out) => ({
    nodes: [
      ...[q, k, v].map((x) => node('Reshape', `${x} split`, `${x}/s`)),
      node('Transpose', `${q}/s`, `${q}/h`, perm(2, 0, 1, 3)),
      node('Transpose', `${k}/s`, `${k}/h`, perm(2, 0, 3, 1)),
      node('Transpose', `${v}/s`, `${v}/h`, perm(2, 0, 1, 3)),
      node('MatMul', `${q}/h ${k}/h`, `${out}/scores`),
      node('Softmax', `${out}/scores`, `${out}/raw`, { axis: 3 }),
      node('IsNaN', `${out}/raw`, `${out}/nan`),
      node('Where', `${out}/nan zero ${out}/raw`, `${out}/a`),
      node('Dropout', `${out}/a`, `${out}/dropped`),
      node('MatMul', `${out}/dropped ${v}/h`, `${out}/mixed`),
      node('Transpose', `${out}/mixed`, `${out}/back`, perm(1, 2, 0, 3)),
      node('Reshape', `${out}/back join`, out),
    ],
    constants: { split, join, zero: floatTensor([0], []) },
  }),
  'batch and heads in one axis, batch first': (tokens) => (q, k, v, out) => ({
    nodes: [
      ...[q, k, v].flatMap((x) => [
        node('Reshape', `${x} split`, `${x}/s`),
        node('Transpose', `${x}/s`, `${x}/t`, perm(0, 2, 1, 3)),
        node('Reshape', `${x}/t merged`, `${x}/h`),
      ]),
      node('Transpose', `${k}/h`, `${k}/m`, perm(0, 2, 1)),
      node('MatMul', `${q}/h ${k}/m`, `${out}/scores`),
      node('Softmax', `${out}/scores`, `${out}/a`),
      node('MatMul', `${out}/a ${v}/h`, `${out}/mixed`),
      node('Reshape', `${out}/mixed unmerged`, `${out}/apart`),
      node('Transpose', `${out}/apart`, `${out}/back`, perm(0, 2, 1, 3)),
      node('Reshape', `${out}/back join`, out),
    ],
    constants: {
      split,
      join,
      merged: ints(-1, tokens, SIZE),
      unmerged: ints(-1, HEADS, tokens, SIZE),
    },
  }),
  'batch and heads in one axis, heads first': (tokens) => (q, k, v, out) => ({
    nodes: [
      ...[q, k, v].flatMap((x) => [
        node('Reshape', `${x} split`, `${x}/s`),
        node('Transpose', `${x}/s`, `${x}/t`, perm(2, 0, 1, 3)),
        node('Reshape', `${x}/t merged`, `${x}/h`),
      ]),
      node('Transpose', `${k}/h`, `${k}/m`, perm(0, 2, 1)),
      node('MatMul', `${q}/h ${k}/m`, `${out}/scores`),
      node('Softmax', `${out}/scores`, `${out}/a`),
      node('MatMul', `${out}/a ${v}/h`, `${out}/mixed`),
      node('Reshape', `${out}/mixed unmerged`, `${out}/apart`),
      node('Transpose', `${out}/apart`, `${out}/back`, perm(1, 2, 0, 3)),
      node('Reshape', `${out}/back join`, out),
    ],
    constants: {
      split,
      join,
      merged: ints(-1, tokens, SIZE),
      unmerged: ints(HEADS, -1, tokens, SIZE),
    },
  }),
  'values on the left': () => (q, k, v, out) => ({
    nodes: [
      ...[q, k, v].map((x) => node('Reshape', `${x} split`, `${x}/s`)),
      node('Transpose', `${q}/s`, `${q}/h`, perm(0, 2, 1, 3)),
      node('Transpose', `${k}/s`, `${k}/h`, perm(0, 2, 3, 1)),
      node('Transpose', `${v}/s`, `${v}/h`, perm(0, 2, 3, 1)),
      node('MatMul', `${q}/h ${k}/h`, `${out}/scores`),
      node('Softmax', `${out}/scores`, `${out}/a`),
      node('Transpose', `${out}/a`, `${out}/turned`, perm(0, 1, 3, 2)),
      node('MatMul', `${v}/h ${out}/turned`, `${out}/mixed`),
      node('Transpose', `${out}/mixed`, `${out}/back`, perm(0, 3, 1, 2)),
      node('Reshape', `${out}/back join`, out),
    ],
    constants: { split, join },
  }),
  'Einsum, the keys not last': () => (q, k, v, out) => ({
    nodes: [
      ...[q, k, v].map((x) => node('Reshape', `${x} split`, `${x}/s`)),
      node('Einsum', `${q}/s ${k}/s`, `${out}/scores`, { equation: 'bihd,bjhd->bhji' }),
      node('Softmax', `${out}/scores`, `${out}/a`, { axis: 2 }),
      node('Einsum', `${out}/a ${v}/s`, `${out}/mixed`, { equation: 'bhji,bjhd->bihd' }),
      node('Reshape', `${out}/mixed join`, out),
    ],
    constants: { split, join },
  }),
}

function transformer(layout: string, classToken: boolean): Model {
  const tokens = classToken ? 7 : 6
  const { nodes, constants } = embed(classToken)
  const write = layouts[layout]!(tokens)
  const blocks = [0, 1].map((i) => {
    const attention = write(`q${i}`, `k${i}`, `v${i}`, `o${i}`)
    return {
      nodes: [
        ...['q', 'k', 'v'].map((name) => node('MatMul', `t${i} w${name}${i}`, `${name}${i}`)),
        ...attention.nodes,
        node('Add', `t${i} o${i}`, `t${i + 1}`),
      ],
      constants: {
        ...attention.constants,
        ...Object.fromEntries(
          ['q', 'k', 'v'].map((name, j) => [
            `w${name}${i}`,
            randomFloats([WIDTH, WIDTH], 10 * i + j),
          ]),
        ),
      },
    }
  })
  const head = classToken
    ? [node('Gather', 't2 first', 'read', { axis: 1 })]
    : [node('ReduceMean', 't2 along', 'read', { keepdims: 0 })]
  return tinyModel({
    inputs: { x: [ROWS, 1, 4, 6] },
    constants: {
      ...constants,
      ...blocks[0]!.constants,
      ...blocks[1]!.constants,
      head: randomFloats([WIDTH, 3], 99),
      first: { ...ints(0), dims: [] },
      along: ints(1),
    },
    nodes: [...nodes, ...blocks.flatMap((b) => b.nodes), ...head, node('MatMul', 'read head', 'y')],
    output: 'y',
  })
}

const x: Tensor = {
  dims: [ROWS, 1, 4, 6],
  data: Float32Array.from(randomNumbers(ROWS * 24, 5), (v) => 2 * v),
}
const weights = [1, 0, -1, 0, 1, 0]

/** Without types of its own: what the tests below ask for. */
async function read(model: Model, target = 'y'): Promise<TokenAttention> {
  const feeds = Object.fromEntries(
    model.graph.inputs.map(({ name, dims }, i) => {
      const sizes = (dims ?? []).map(Number)
      const data = Float32Array.from(randomNumbers(count(sizes), i + 1))
      return [name, { dtype: 'float32', dims: sizes, data } as const]
    }),
  )
  const types = await traceTypes(model, feeds)
  return readAttention({
    graph: model.graph,
    inputs: model.graph.inputs.map(({ name }) => types.get(name)!),
    target,
    find: (name) => types.get(name),
    constant: (name) => model.graph.initializers.get(name),
  })
}

describe.each([true, false])('class token: %s', (classToken) => {
  const names = Object.keys(layouts)

  test.each(names)('%s', async (layout) => {
    const found = await read(transformer(layout, classToken))
    expect(found).toMatchObject({
      tokens: classToken ? 7 : 6,
      grid: [2, 3],
      firstPatch: classToken ? 1 : 0,
      readout: classToken ? [0] : [0, 1, 2, 3, 4, 5],
    })
    expect(found.blocks.map(({ heads, rows }) => [heads, rows])).toEqual([
      [HEADS, ROWS],
      [HEADS, ROWS],
    ])
  })

  test('every layout gives the same rollout and relevance', async () => {
    const maps = async (layout: string) => {
      const model = transformer(layout, classToken)
      const recipes = [
        attentionRollout.recipe!({ head: 'mean', residual: true }, undefined),
        attentionRollout.recipe!({ head: 'max', residual: false }, undefined),
        attentionRelevance.recipe!({}, undefined),
      ]
      const runs = recipes.map((recipe) => runRecipe({ model, recipe, inputs: [x], weights }))
      return (await Promise.all(runs)).map(({ outputs }) => outputs[1]!)
    }
    const [first, ...others] = await Promise.all(names.map(maps))
    for (const map of first!) {
      expect(map.length).toBe(ROWS * 6)
      expect(new Set(map).size).toBeGreaterThan(6)
    }
    const near = first!.map((map) => map.map((v) => expect.closeTo(v, 5)))
    for (const other of others) expect(other).toEqual(near)
  })

  test('the forms of WebGPU compute the same', async () => {
    const model = transformer('batch and heads in one axis, batch first', classToken)
    for (const recipe of [
      attentionRollout.recipe!({ head: 'min', residual: true }, undefined),
      attentionRelevance.recipe!({}, undefined),
    ]) {
      const run = (provider: 'native' | 'webgpu') =>
        runRecipe({ model, recipe, inputs: [x], weights, provider })
      const [native, gpu] = await Promise.all([run('native'), run('webgpu')])
      expect(gpu.outputs).toEqual(native.outputs.map((map) => map.map((v) => expect.closeTo(v, 6))))
    }
  })

  test('the rows of a batch are independent', async () => {
    const model = transformer('batch and heads in one axis, batch first', classToken)
    const recipe = attentionRelevance.recipe!({}, undefined)
    const whole = await runRecipe({ model, recipe, inputs: [x], weights })
    const other = { ...x, data: x.data.map((v, i) => (i < 24 ? v : -v + 1)) }
    const changed = await runRecipe({ model, recipe, inputs: [other], weights })
    expect(changed.outputs[1]!.slice(0, 6)).toEqual(whole.outputs[1]!.slice(0, 6))
    expect(changed.outputs[1]!.slice(6)).not.toEqual(whole.outputs[1]!.slice(6))
  })
})

/** Tokens (N, T, C) from the input as they are, one block, and what follows. */
function block(
  input: readonly number[],
  before: readonly TinyNode[],
  after: readonly TinyNode[],
  constants: Graph['constants'] = {},
): Model {
  return tinyModel({
    inputs: { x: input },
    constants: { ...constants, axis: ints(1) },
    nodes: [
      ...before,
      node('Transpose', 't', 'keys', perm(0, 2, 1)),
      node('MatMul', 't keys', 'scores'),
      node('Softmax', 'scores', 'a'),
      node('MatMul', 'a t', 'o'),
      ...after,
    ],
  })
}

describe('the grid of patches', () => {
  const mean = node('ReduceMean', 'o axis', 'y')

  test('from a Reshape that cuts the input, as einops does', async () => {
    const before = [
      node('Reshape', 'x cut', 'c'),
      node('Transpose', 'c', 'm', perm(0, 2, 4, 3, 5, 1)),
      node('Reshape', 'm join', 't'),
    ]
    const constants = { cut: ints(1, 2, 3, 2, 2, 3), join: ints(1, 6, 12) }
    const model = block([1, 2, 6, 6], before, [mean], constants)
    expect(await read(model)).toMatchObject({ grid: [3, 2], firstPatch: 0, tokens: 6 })
  })

  test('registers after the patches, as many as the Concat says', async () => {
    const before = [
      node('Conv', 'x kernel', 'p', { strides: [3, 3] }),
      node('Reshape', 'p flat', 'f'),
      node('Transpose', 'f', 'i', perm(0, 2, 1)),
      node('Concat', 'class i registers', 't', { axis: 1 }),
    ]
    const constants = {
      kernel: randomFloats([4, 1, 3, 3]),
      flat: ints(1, 4, 6),
      class: randomFloats([1, 1, 4], 1),
      registers: randomFloats([1, 3, 4], 2),
      begin: ints(1),
      end: ints(7),
    }
    const after = [node('Slice', 'o begin end axis', 's'), node('ReduceMean', 's axis', 'y')]
    expect(await read(block([1, 1, 6, 9], before, after, constants))).toMatchObject({
      grid: [2, 3],
      firstPatch: 1,
      tokens: 10,
      readout: [1, 2, 3, 4, 5, 6],
    })
  })

  test('from the sizes alone: patches of one length, else a cube', async () => {
    const before = [
      node('Flatten', 'x', 'f'),
      node('MatMul', 'f w', 'g'),
      node('Reshape', 'g tokens', 't'),
    ]
    const from = (input: number[], tokens: number) =>
      read(
        block(input, before, [mean], {
          w: randomFloats([count(input), tokens * 2]),
          tokens: ints(1, tokens, 2),
        }),
      )
    expect(await from([1, 1, 4, 6], 6)).toMatchObject({ grid: [2, 3], firstPatch: 0 })
    expect(await from([1, 1, 4, 6], 7)).toMatchObject({ grid: [2, 3], firstPatch: 1 })
    expect(await from([1, 1, 3, 4, 5], 8)).toMatchObject({ grid: [2, 2, 2], firstPatch: 0 })
    await expect(from([1, 1, 4, 6], 11)).rejects.toThrow('has 11 tokens, in which no grid')
  })

  test('what is read: two tokens picked one by one; patches where nothing is picked', async () => {
    const before = [
      node('Flatten', 'x', 'f'),
      node('MatMul', 'f w', 'g'),
      node('Reshape', 'g tokens', 't'),
    ]
    const constants = {
      w: randomFloats([24, 14]),
      tokens: ints(1, 7, 2),
      one: { ...ints(0), dims: [] },
      two: { ...ints(-1), dims: [] },
    }
    const picks = [
      node('Gather', 'o one', 'c', { axis: 1 }),
      node('Gather', 'o two', 'd', { axis: 1 }),
      node('Add', 'c d', 'y'),
    ]
    const both = await read(block([1, 1, 4, 6], before, picks, constants))
    expect(both.readout).toEqual([0, 6])
    const none = await read(block([1, 1, 4, 6], before, [node('Neg', 'o', 'y')], constants))
    expect(none.readout).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('pooling by attention', () => {
  const pooling = (): Model => {
    const after = [
      node('MatMul', 'query keys', 'wanted'),
      node('Softmax', 'wanted', 'p'),
      node('MatMul', 'p o', 'y'),
    ]
    return block([1, 6, 4], [node('Neg', 'x', 't')], after, {
      query: randomFloats([1, 1, 4], 3),
    })
  }

  test('is not one of the blocks, but the first row of their product', async () => {
    // Six tokens of the input's own: 2 x 3 of the second, an image beside them.
    const model = pooling()
    const image = { name: 'image', dtype: 'float32', dims: [1, 1, 4, 6] } as const
    const graph = { ...model.graph, inputs: [...model.graph.inputs, image] }
    const found = await read({ ...model, graph })
    expect(found.blocks.map(({ matrix }) => matrix.name)).toEqual(['a'])
    expect(found.pool?.matrix).toMatchObject({ name: 'p', dims: [1, 1, 6] })
    expect(found).toMatchObject({ grid: [2, 3], firstPatch: 0 })
  })
})

test('an input without space beside the image gets zeros', async () => {
  const plain = transformer('heads as the second axis', true)
  const { graph } = plain
  const model: Model = {
    ...plain,
    graph: {
      ...graph,
      inputs: [...graph.inputs, { name: 'age', dtype: 'float32', dims: [ROWS, 3] }],
      nodes: [
        ...graph.nodes.map((each) =>
          each.outputs[0] === 'y' ? { ...each, outputs: ['image part'] } : each,
        ),
        {
          name: 'join',
          domain: '',
          op: 'Add',
          inputs: ['image part', 'age'],
          outputs: ['y'],
          attributes: {},
        },
      ],
    },
  }
  const age: Tensor = { dims: [ROWS, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
  const recipe = attentionRelevance.recipe!({}, undefined)
  const { outputs } = await runRecipe({ model, recipe, inputs: [x, age], weights })
  const alone = await runRecipe({ model: plain, recipe, inputs: [x], weights })
  expect(outputs[0]).toEqual(alone.outputs[0])
  expect(outputs[1]).toEqual([0, 0, 0, 0, 0, 0])
})

describe('refusals', () => {
  const refused = (model: Model) => expect(read(model)).rejects

  test('no attention; the softmax of classes, of a gate, of pooling weights is none', async () => {
    const classes = tinyModel({
      inputs: { x: [2, 4] },
      constants: { w: randomFloats([4, 3]) },
      nodes: [node('MatMul', 'x w', 'l'), node('Softmax', 'l', 'y')],
    })
    expect(findAttention(classes.graph)).toEqual([])
    await refused(classes).toThrow('this model has no softmax attention: gradient methods')
    const gate = tinyModel({
      inputs: { x: [2, 3, 4] },
      constants: { w: randomFloats([4, 1]) },
      nodes: [
        node('MatMul', 'x w', 'l'),
        node('Transpose', 'l', 'row', perm(0, 2, 1)),
        node('Softmax', 'row', 'a'),
        node('MatMul', 'a x', 'y'),
      ],
    })
    await refused(gate).toMatchObject({ kind: 'unsupported-model' })
    await refused(gate).toThrow('has no softmax attention')
    // Weights that are read from the softmax's own axis on the wrong side sum over something else.
    const other = tinyModel({
      inputs: { x: [1, 4, 4] },
      nodes: [node('Softmax', 'x', 'a', { axis: 1 }), node('MatMul', 'a x', 'y')],
    })
    await refused(other).toThrow('has no softmax attention')
  })

  test('heads that are mixed after the softmax', async () => {
    const talking = tinyModel({
      inputs: { x: [1, 4, 3] },
      constants: { gate: floatTensor([0.5], []) },
      nodes: [
        node('Transpose', 'x', 'k', perm(0, 2, 1)),
        node('MatMul', 'x k', 's'),
        node('Softmax', 's', 'a'),
        node('Mul', 'a gate', 'half'),
        node('MatMul', 'half x', 'y'),
      ],
    })
    await refused(talking).toThrow("changes its attention after the softmax (value 'a')")
  })

  test('attention after the target does not count', async () => {
    const model = transformer('heads as the second axis', true)
    expect((await read(model, 't1')).blocks).toHaveLength(1)
    await expect(read(model, 't0')).rejects.toThrow('has no softmax attention')
  })

  test('windows, other sets of tokens, numbers of tokens that change', async () => {
    const windows = tinyModel({
      inputs: { x: [1, 8, 4] },
      constants: { cut: ints(4, 2, 2, 2), turned: ints(1, 8, 4) },
      nodes: [
        node('Reshape', 'x cut', 'w'),
        node('Transpose', 'w', 'k', perm(0, 1, 3, 2)),
        node('MatMul', 'w k', 's'),
        node('Softmax', 's', 'a'),
        node('MatMul', 'a w', 'o'),
        node('Reshape', 'o turned', 'y'),
      ],
    })
    await refused(windows).toThrow("within windows (value 'a' is 4x2x2x2), as Swin and MaxViT do")
    const fewer = tinyModel({
      inputs: { x: [1, 9, 4] },
      constants: { begin: ints(0), end: ints(4), axis: ints(1) },
      nodes: [
        node('Slice', 'x begin end axis', 'few'),
        node('Transpose', 'few', 'k', perm(0, 2, 1)),
        node('MatMul', 'x k', 's'),
        node('Softmax', 's', 'a'),
        node('MatMul', 'a few', 'y'),
      ],
    })
    await refused(fewer).toThrow('attends from 9 tokens to 4 others')
    const shrinking = block(
      [1, 9, 4],
      [node('Neg', 'x', 't')],
      [
        node('Slice', 'o begin end axis', 'few'),
        node('Transpose', 'few', 'k', perm(0, 2, 1)),
        node('MatMul', 'few k', 's'),
        node('Softmax', 's', 'a2'),
        node('MatMul', 'a2 few', 'y'),
      ],
      { begin: ints(0), end: ints(4) },
    )
    await refused(shrinking).toThrow('changes the number of tokens between its blocks (9, 4)')
  })
})
