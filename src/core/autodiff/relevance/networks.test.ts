/** @file Relevance through whole networks: what is conserved, what rows and providers share, who gets what. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lrp } from '../../attribution/lrp.ts'
import { defaultOptions } from '../../parse-options.ts'
import { runRecipe } from '../../testing/run-recipe.ts'
import {
  count,
  float,
  ints,
  randomFloats,
  randomNumbers,
  type TinyNode,
  tinyModel,
} from '../../testing/tiny-models.ts'

const composites = lrp.options.composite.choices
const recipeOf = (composite: (typeof composites)[number], more: object = {}) =>
  lrp.recipe({ ...defaultOptions(lrp.options), composite, ...more })

/** A line, an image, a volume; halved and doubled by some stages. */
const SPACES = { '1-D': [8], '2-D': [6, 6], '3-D': [4, 4, 4] } as const
const all = (length: number, value: number) => new Array<number>(length).fill(value)

/** Makes nodes for `n` spatial axes; `w` names a constant of its own for every stage. */
type Stage = (x: string, y: string, w: string, n: number) => readonly TinyNode[]

/** Stages that keep the shape (N, 4, spatial). */
const STAGES: Readonly<Record<string, Stage>> = {
  attentionGate: (x, y, w) => [
    { op: 'Conv', inputs: [x, `${w}-one`], outputs: [`${y}-g`] },
    { op: 'Sigmoid', inputs: [`${y}-g`], outputs: [`${y}-s`] },
    { op: 'Mul', inputs: [`${y}-s`, x], outputs: [y] },
  ],
  averaged: (x, y, _w, n) => [
    {
      op: 'AveragePool',
      inputs: [x],
      outputs: [y],
      attributes: { kernel_shape: all(n, 3), pads: all(2 * n, 1) },
    },
  ],
  branches: (x, y, w, n) => [
    {
      op: 'Split',
      inputs: [x],
      outputs: [`${y}-a`, `${y}-b`],
      attributes: { axis: 1, num_outputs: 2 },
    },
    {
      op: 'Conv',
      inputs: [`${y}-a`, `${w}-half`],
      outputs: [`${y}-c`],
      attributes: { pads: all(2 * n, 1) },
    },
    { op: 'Concat', inputs: [`${y}-b`, `${y}-c`], outputs: [y], attributes: { axis: 1 } },
  ],
  convolved: (x, y, w, n) => [
    {
      op: 'Conv',
      inputs: [x, `${w}-full`],
      outputs: [`${y}-c`],
      attributes: { pads: all(2 * n, 1) },
    },
    { op: 'Relu', inputs: [`${y}-c`], outputs: [y] },
  ],
  downAndUp: (x, y, w, n) => [
    {
      op: 'MaxPool',
      inputs: [x],
      outputs: [`${y}-p`],
      attributes: { kernel_shape: all(n, 2), strides: all(n, 2) },
    },
    {
      op: 'ConvTranspose',
      inputs: [`${y}-p`, `${w}-up`],
      outputs: [y],
      attributes: { strides: all(n, 2) },
    },
  ],
  enlarged: (x, y, _w, n) => [
    {
      op: 'AveragePool',
      inputs: [x],
      outputs: [`${y}-p`],
      attributes: { kernel_shape: all(n, 2), strides: all(n, 2) },
    },
    {
      op: 'Resize',
      inputs: [`${y}-p`, '', 'scales'],
      outputs: [y],
      attributes: { mode: 'linear' },
    },
  ],
  residual: (x, y, w, n) => [
    {
      op: 'Conv',
      inputs: [x, `${w}-full`],
      outputs: [`${y}-c`],
      attributes: { pads: all(2 * n, 1) },
    },
    { op: 'Add', inputs: [`${y}-c`, x], outputs: [`${y}-s`] },
    { op: 'LeakyRelu', inputs: [`${y}-s`], outputs: [y], attributes: { alpha: float(0.1) } },
  ],
  scaled: (x, y) => [
    { op: 'Mul', inputs: [x, 'half'], outputs: [`${y}-m`] },
    { op: 'Clip', inputs: [`${y}-m`, 'low'], outputs: [y] },
  ],
  squeezed: (x, y, w) => [
    { op: 'GlobalAveragePool', inputs: [x], outputs: [`${y}-g`] },
    { op: 'Conv', inputs: [`${y}-g`, `${w}-one`], outputs: [`${y}-c`] },
    { op: 'HardSigmoid', inputs: [`${y}-c`], outputs: [`${y}-s`] },
    { op: 'Mul', inputs: [x, `${y}-s`], outputs: [y] },
  ],
  swish: (x, y) => [
    { op: 'Sigmoid', inputs: [x], outputs: [`${y}-s`] },
    { op: 'Mul', inputs: [`${y}-s`, x], outputs: [y] },
  ],
}

function networkOf(
  stages: readonly string[],
  rows = 1,
  seed = 1,
  space: readonly number[] = SPACES['2-D'],
) {
  const n = space.length
  const nodes = stages.flatMap((stage, i) =>
    STAGES[stage]!(i === 0 ? 'x' : `v${i - 1}`, `v${i}`, `w${i}`, n),
  )
  const weights = stages.flatMap((_, i) => [
    [`w${i}-full`, randomFloats([4, 4, ...all(n, 3)], seed + 4 * i)] as const,
    [`w${i}-half`, randomFloats([2, 2, ...all(n, 3)], seed + 4 * i + 1)] as const,
    [`w${i}-one`, randomFloats([4, 4, ...all(n, 1)], seed + 4 * i + 2)] as const,
    [`w${i}-up`, randomFloats([4, 4, ...all(n, 2)], seed + 4 * i + 3)] as const,
  ])
  return tinyModel({
    inputs: { x: [rows, 4, ...space] },
    constants: {
      ...Object.fromEntries(weights),
      half: randomFloats([4, ...all(n, 1)], 3),
      low: { dtype: 'float32', dims: [], bytes: new Uint8Array(Float32Array.of(-3).buffer) },
      scales: {
        dtype: 'float32',
        dims: [n + 2],
        bytes: new Uint8Array(Float32Array.of(1, 1, ...all(n, 2)).buffer),
      },
      head: randomFloats([4, 3], 99),
      axes: ints(...space.map((_, axis) => axis + 2)),
    },
    nodes: [
      ...nodes,
      {
        op: 'ReduceMean',
        inputs: [`v${stages.length - 1}`, 'axes'],
        outputs: ['pooled'],
        attributes: { keepdims: 0 },
      },
      { op: 'Gemm', inputs: ['pooled', 'head'], outputs: ['y'] },
    ],
  })
}

const inputOf = (rows: number, seed: number, space: readonly number[] = SPACES['2-D']) => ({
  dims: [rows, 4, ...space],
  data: Float32Array.from(randomNumbers(count([rows, 4, ...space]), seed)),
})
const stageLists = fc.array(fc.constantFrom(...Object.keys(STAGES)), { minLength: 1, maxLength: 4 })

describe('networks without biases', () => {
  test.each(Object.entries(SPACES))(
    '%s: the epsilon rule conserves the score of every row',
    async (_, space) => {
      const rows = 2
      const seen = new Set<string>()
      const property = fc.asyncProperty(
        stageLists,
        fc.integer({ min: 1, max: 999 }),
        async (stages, seed) => {
          for (const stage of stages) seen.add(stage)
          const { outputs, scores } = await runRecipe({
            model: networkOf(stages, rows, seed, space),
            recipe: recipeOf('epsilon', { epsilon: 1e-9 }),
            inputs: [inputOf(rows, seed, space)],
            weights: [1, 0, 0, 0, -1, 1],
          })
          const [map = []] = outputs
          for (const [row, score] of scores.entries()) {
            const own = map.slice((row * map.length) / rows, ((row + 1) * map.length) / rows)
            const total = own.reduce((sum, value) => sum + value, 0)
            const size = own.reduce((sum, value) => sum + Math.abs(value), 0)
            expect(size).toBeGreaterThan(0)
            expect(Math.abs(total - score)).toBeLessThan(1e-4 * size + 2e-4 * Math.abs(score))
          }
          expect(scores).toHaveLength(rows)
        },
      )
      await fc.assert(property, { numRuns: 30, seed: 7 })
      expect([...seen].sort()).toEqual(Object.keys(STAGES).sort())
    },
  )

  test.each(composites)('%s: rows are independent, and providers agree', async (composite) => {
    await fc.assert(
      fc.asyncProperty(stageLists, fc.integer({ min: 1, max: 999 }), async (stages, seed) => {
        const three = inputOf(3, seed)
        const recipe = recipeOf(composite, { epsilon: 0.01 })
        const weights = [1, 0, 0, 0, 1, 0, 0, 1, -1]
        const whole = await runRecipe({
          model: networkOf(stages, 3),
          recipe,
          inputs: [three],
          weights,
        })
        const gpu = await runRecipe({
          ...{ model: networkOf(stages, 3), recipe, inputs: [three], weights },
          provider: 'webgpu',
        })
        expect(distance(gpu.outputs[0]!, whole.outputs[0]!)).toBeLessThan(1e-4)
        for (const row of [0, 2]) {
          const own = { dims: [1, 4, 6, 6], data: three.data.slice(row * 144, (row + 1) * 144) }
          const alone = await runRecipe({
            model: networkOf(stages, 1),
            recipe,
            inputs: [own],
            weights: weights.slice(3 * row, 3 * row + 3),
          })
          const part = whole.outputs[0]!.slice(row * 144, (row + 1) * 144)
          expect(distance(part, alone.outputs[0]!)).toBeLessThan(1e-4)
        }
      }),
      { numRuns: 5, seed: 11 },
    )
  })
})

describe('operators without weights', () => {
  const explain = async (
    nodes: readonly TinyNode[],
    inputs: Readonly<Record<string, readonly number[]>>,
    constants = {},
  ) => {
    const model = tinyModel({
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, { length }]) => [name, [1, length]]),
      ),
      constants,
      nodes,
    })
    const tensors = Object.values(inputs).map((values) => ({
      dims: [1, values.length],
      data: Float32Array.from(values),
    }))
    const { outputs } = await runRecipe({ model, recipe: recipeOf('epsilon'), inputs: tensors })
    return outputs
  }
  const near = (...values: number[]) => values.map((value) => expect.closeTo(value, 4))

  test('a sum, a difference and a mean split in proportion to what is added', async () => {
    const x = { a: [3, 1], b: [1, -4] }
    expect(await explain([{ op: 'Add', inputs: ['a', 'b'] }], x)).toEqual([near(3, 1), near(1, -4)])
    expect(await explain([{ op: 'Sub', inputs: ['a', 'b'] }], x)).toEqual([near(3, 1), near(-1, 4)])
    expect(await explain([{ op: 'Mean', inputs: ['a', 'b'] }], x)).toEqual([
      near(1.5, 0.5),
      near(0.5, -2),
    ])
  })

  test('a constant shifts and scales without taking relevance', async () => {
    const constants = { c: randomFloats([1, 2], 4) }
    const nodes = ['Add', 'Mul', 'Div', 'Sub'].map((op, i) => ({
      op,
      inputs: [i === 0 ? 'x' : `y${i - 1}`, 'c'],
    }))
    const [c0, c1] = new Float32Array(constants.c.bytes.buffer)
    const y = (x: number, c: number) => ((x + c) * c) / c - c
    expect(await explain(nodes, { x: [2, -1] }, constants)).toEqual([near(y(2, c0!), y(-1, c1!))])
  })

  test('an activation written as a product is one', async () => {
    const half = { dtype: 'float32', dims: [], bytes: new Uint8Array(Float32Array.of(0.5).buffer) }
    const gelu = [
      { op: 'Mul', inputs: ['x', 'half'], outputs: ['h'] },
      { op: 'Erf', inputs: ['h'], outputs: ['e'] },
      { op: 'Add', inputs: ['e', 'half'], outputs: ['f'] },
      { op: 'Mul', inputs: ['x', 'f'], outputs: ['y'] },
    ]
    const erf = 0.5204998778 // of 0.5
    expect(await explain(gelu, { x: [1, -1] }, { half })).toEqual([near(erf + 0.5, erf - 0.5)])
  })

  test('two factors of equal standing share', async () => {
    const [a, b] = await explain([{ op: 'Mul', inputs: ['a', 'b'] }], { a: [2, 3], b: [5, -1] })
    expect([a, b]).toEqual([near(5, -1.5), near(5, -1.5)])
  })

  test('normalisation by own statistics passes, written out or not', async () => {
    const axes = { axes: ints(1) }
    const nodes = [
      { op: 'ReduceMean', inputs: ['x', 'axes'], outputs: ['m'] },
      { op: 'Sub', inputs: ['x', 'm'], outputs: ['c'] },
      { op: 'Mul', inputs: ['c', 'c'], outputs: ['s'] },
      { op: 'ReduceMean', inputs: ['s', 'axes'], outputs: ['v'] },
      { op: 'Sqrt', inputs: ['v'], outputs: ['d'] },
      { op: 'Div', inputs: ['c', 'd'], outputs: ['y'] },
    ]
    const x = [1, 2, 6]
    const deviation = Math.sqrt((4 + 1 + 9) / 3)
    expect(await explain(nodes, { x }, axes)).toEqual([
      near(-2 / deviation, -1 / deviation, 3 / deviation),
    ])
  })

  test('an Einsum of one operand shares like the sum that it is', async () => {
    const nodes = [
      { op: 'Reshape', inputs: ['x', 'square'], outputs: ['m'] },
      { op: 'Einsum', inputs: ['m'], outputs: ['y'], attributes: { equation: 'nii->n' } },
    ]
    // The trace; what lies off the diagonal gets nothing.
    expect(await explain(nodes, { x: [3, 5, 7, -1] }, { square: ints(1, 2, 2) })).toEqual([
      near(3, 0, 0, -1),
    ])
  })

  test('an operator without a rule is named', async () => {
    const nodes = [{ op: 'ReduceSumSquare', inputs: ['x', 'axes'], outputs: ['y'] }]
    await expect(explain(nodes, { x: [1, 2] }, { axes: ints(1) })).rejects.toThrow(
      /Relevance has no rule for .*ReduceSumSquare/,
    )
  })
})

test('attention passes relevance through its values, and none is lost', async () => {
  const w = (seed: number) => randomFloats([6, 6], seed)
  const transpose = { perm: [0, 2, 1] }
  const model = tinyModel({
    inputs: { x: [2, 5, 6] },
    constants: {
      q: w(1),
      k: w(2),
      v: w(3),
      o: w(4),
      scale: randomFloats([], 5),
      g: randomFloats([6], 6),
    },
    nodes: [
      { op: 'LayerNormalization', inputs: ['x', 'g'], outputs: ['n'] },
      { op: 'MatMul', inputs: ['n', 'q'], outputs: ['Q'] },
      { op: 'MatMul', inputs: ['n', 'k'], outputs: ['K'] },
      { op: 'MatMul', inputs: ['n', 'v'], outputs: ['V'] },
      { op: 'Transpose', inputs: ['K'], outputs: ['KT'], attributes: transpose },
      { op: 'MatMul', inputs: ['Q', 'KT'], outputs: ['S'] },
      { op: 'Mul', inputs: ['S', 'scale'], outputs: ['SS'] },
      { op: 'Softmax', inputs: ['SS'], outputs: ['A'], attributes: { axis: -1 } },
      { op: 'MatMul', inputs: ['A', 'V'], outputs: ['AV'] },
      { op: 'MatMul', inputs: ['AV', 'o'], outputs: ['P'] },
      { op: 'Add', inputs: ['x', 'P'], outputs: ['y'] },
    ],
  })
  const data = Float32Array.from(randomNumbers(60, 8))
  const weights = Array.from({ length: 60 }, (_, i) => (i % 30 < 6 ? 1 : 0))
  const { outputs, scores } = await runRecipe({
    ...{ model, weights, recipe: recipeOf('epsilon', { epsilon: 1e-9 }) },
    inputs: [{ dims: [2, 5, 6], data }],
  })
  for (const row of [0, 1]) {
    const own = outputs[0]!.slice(30 * row, 30 * row + 30)
    expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(scores[row]!, 2)
    // The first token explains itself; the others reach it through the attention alone.
    expect(Math.max(...own.slice(6).map(Math.abs))).toBeGreaterThan(1e-3)
  }
})

test('every input has first layers of its own', async () => {
  // Flat at the first layer: the same for every element of either input, whatever their values.
  const model = tinyModel({
    inputs: { a: [1, 3], b: [1, 2] },
    constants: {
      A: randomFloats([3, 4], 1),
      B: randomFloats([2, 4], 2),
      head: randomFloats([8, 1], 3),
    },
    nodes: [
      { op: 'MatMul', inputs: ['a', 'A'], outputs: ['ha'] },
      { op: 'MatMul', inputs: ['b', 'B'], outputs: ['hb'] },
      { op: 'Concat', inputs: ['ha', 'hb'], outputs: ['h'], attributes: { axis: 1 } },
      { op: 'Gemm', inputs: ['h', 'head'], outputs: ['y'] },
    ],
  })
  const { outputs } = await runRecipe({
    model,
    recipe: recipeOf('epsilon-plus-flat'),
    inputs: [
      { dims: [1, 3], data: Float32Array.of(1, -2, 3) },
      { dims: [1, 2], data: Float32Array.of(0.5, 4) },
    ],
  })
  for (const map of outputs) {
    expect(map.every((value) => Math.abs(value - map[0]!) < 1e-5)).toBe(true)
    expect(map[0]).not.toBe(0)
  }
})

test('numbers that do not conserve relevance are refused in one sentence', () => {
  expect(() => recipeOf('alpha-beta', { alpha: 3 })).toThrow(
    'alpha - beta must be 1 for relevance to be conserved, but alpha is 3 and beta 1: use alpha=2 with that beta, or beta=2 with that alpha',
  )
  expect(() => recipeOf('epsilon', { alpha: 3 })).not.toThrow()
  expect(() => recipeOf('epsilon-gamma-box', { low: 2, high: 1 })).toThrow('must not be above high')
})

function distance(got: readonly number[], expected: readonly number[]): number {
  return Math.hypot(...expected.map((value, i) => value - got[i]!)) / Math.hypot(...expected)
}
