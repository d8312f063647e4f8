/** @file Every rule on single layers, against the same rule on the layer written out as a matrix. */

import { describe, expect, test } from 'vitest'
import { deepTaylor } from '../../attribution/deep-taylor.ts'
import { excitationBackprop } from '../../attribution/excitation-backprop.ts'
import { lrp } from '../../attribution/lrp.ts'
import { floatTensor } from '../../onnx/constants.ts'
import type { Model } from '../../onnx/ir.ts'
import { defaultOptions } from '../../parse-options.ts'
import {
  type ConvDefinition,
  type DenseLayer,
  type DenseRule,
  denseConv,
  denseConvTranspose,
  denseForward,
  denseRelevance,
} from '../../testing/dense-layer.ts'
import { runRecipe } from '../../testing/run-recipe.ts'
import { count, float, randomNumbers, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'
import type { ExplanationRecipe } from '../recipe.ts'

interface LayerCase {
  readonly model: (before: readonly TinyNode[], x: string) => Model
  /** One row of the input. */
  readonly input: readonly number[]
  readonly layer: DenseLayer
  /** How many rows of the matrix product one batch row makes. */
  readonly repeats?: number
}

const ROWS = 3

function convCase(
  op: 'Conv' | 'ConvTranspose',
  definition: Omit<ConvDefinition, 'bias' | 'output' | 'weights'> & {
    readonly padsEnd: readonly number[]
  },
  hasBias = true,
): LayerCase {
  const { input, weightDims, strides, dilations, pads, padsEnd, group } = definition
  const [, ...sizes] = input
  const [first = 1, second = 1, ...kernel] = weightDims
  const outputs = op === 'Conv' ? first : second * group
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const output = sizes.map((size, axis) =>
    op === 'Conv'
      ? Math.floor((size + pads[axis]! + padsEnd[axis]! - reach[axis]!) / strides[axis]!) + 1
      : (size - 1) * strides[axis]! + reach[axis]! - pads[axis]! - padsEnd[axis]!,
  )
  const weights = Array.from(Float32Array.from(randomNumbers(count(weightDims), 3)))
  const bias = Array.from(
    Float32Array.from(hasBias ? randomNumbers(outputs, 4) : new Array<number>(outputs).fill(0)),
  )
  const whole = { ...definition, weights, bias, output }
  return {
    input,
    layer: op === 'Conv' ? denseConv(whole) : denseConvTranspose(whole),
    model: (before, x) =>
      tinyModel({
        inputs: { x: [ROWS, ...input] },
        constants: { W: floatTensor(weights, weightDims), b: floatTensor(bias) },
        nodes: [
          ...before,
          {
            op,
            inputs: hasBias ? [x, 'W', 'b'] : [x, 'W'],
            outputs: ['y'],
            attributes: { strides, dilations, pads: [...pads, ...padsEnd], group },
          },
        ],
      }),
  }
}

/** x W + b with W (inputs, outputs), in one of the forms that exporters write. */
function denseCase(
  form: 'einsum' | 'gemm' | 'gemm-scaled' | 'left' | 'matmul' | 'matmul-3d',
): LayerCase {
  const [inputs, outputs] = [6, 4]
  const W = Array.from(Float32Array.from(randomNumbers(inputs * outputs, 5)))
  const b = Array.from(Float32Array.from(randomNumbers(outputs, 6)))
  const scaled = form === 'gemm-scaled'
  const matrix = b.map((_, o) =>
    Array.from({ length: inputs }, (__, i) => W[i * outputs + o]! * (scaled ? -0.5 : 1)),
  )
  const transposed = b.flatMap((_, o) =>
    Array.from({ length: inputs }, (__, i) => W[i * outputs + o]!),
  )
  const repeats = form === 'matmul-3d' || form === 'einsum' ? 2 : 1
  const add = { op: 'Add', inputs: ['product', 'b'], outputs: ['y'] }
  const nodes: Readonly<Record<typeof form, (x: string) => readonly TinyNode[]>> = {
    einsum: (x) => [
      {
        op: 'Einsum',
        inputs: [x, 'W'],
        outputs: ['product'],
        attributes: { equation: 'nti,io->nto' },
      },
      add,
    ],
    gemm: (x) => [{ op: 'Gemm', inputs: [x, 'W', 'b'], outputs: ['y'] }],
    'gemm-scaled': (x) => [
      {
        op: 'Gemm',
        inputs: [x, 'Wt', 'b'],
        outputs: ['y'],
        attributes: { alpha: float(-0.5), beta: float(-2), transB: 1 },
      },
    ],
    left: (x) => [
      { op: 'Transpose', inputs: [x], outputs: ['xt'], attributes: { perm: [1, 0] } },
      { op: 'MatMul', inputs: ['Wt', 'xt'], outputs: ['product'] },
      { op: 'Add', inputs: ['bColumn', 'product'], outputs: ['yt'] },
      { op: 'Transpose', inputs: ['yt'], outputs: ['y'], attributes: { perm: [1, 0] } },
    ],
    matmul: (x) => [{ op: 'MatMul', inputs: [x, 'W'], outputs: ['product'] }, add],
    'matmul-3d': (x) => [{ op: 'MatMul', inputs: [x, 'W'], outputs: ['product'] }, add],
  }
  return {
    input: repeats === 2 ? [2, inputs] : [inputs],
    repeats,
    layer: { matrix, bias: b.map((value) => value * (scaled ? -2 : 1)) },
    model: (before, x) =>
      tinyModel({
        inputs: { x: repeats === 2 ? [ROWS, 2, inputs] : [ROWS, inputs] },
        constants: {
          W: floatTensor(W, [inputs, outputs]),
          Wt: floatTensor(transposed, [outputs, inputs]),
          b: floatTensor(b),
          bColumn: floatTensor(b, [outputs, 1]),
        },
        nodes: [...before, ...nodes[form](x)],
      }),
  }
}

const LAYERS: Readonly<Record<string, LayerCase>> = {
  'Conv 1-D, dilated': convCase('Conv', {
    ...{ input: [2, 9], weightDims: [3, 2, 3], strides: [1], dilations: [2], group: 1 },
    ...{ pads: [1], padsEnd: [2] },
  }),
  'Conv 2-D, strided, uneven padding': convCase('Conv', {
    ...{ input: [2, 6, 5], weightDims: [3, 2, 3, 2], strides: [2, 1], dilations: [1, 1] },
    ...{ pads: [0, 1], padsEnd: [1, 0], group: 1 },
  }),
  'Conv 2-D, grouped, without bias': convCase(
    'Conv',
    {
      ...{ input: [4, 5, 4], weightDims: [6, 2, 3, 3], strides: [1, 1], dilations: [1, 1] },
      ...{ pads: [1, 1], padsEnd: [1, 1], group: 2 },
    },
    false,
  ),
  'Conv 3-D, grouped, strided': convCase('Conv', {
    ...{ input: [2, 4, 3, 5], weightDims: [4, 1, 2, 3, 3], strides: [2, 1, 2] },
    ...{ dilations: [1, 1, 1], pads: [1, 0, 1], padsEnd: [0, 1, 1], group: 2 },
  }),
  'ConvTranspose 2-D': convCase('ConvTranspose', {
    ...{ input: [3, 3, 4], weightDims: [3, 2, 3, 3], strides: [2, 1], dilations: [1, 2] },
    ...{ pads: [1, 0], padsEnd: [0, 1], group: 1 },
  }),
  'ConvTranspose 3-D, grouped': convCase('ConvTranspose', {
    ...{ input: [4, 2, 3, 2], weightDims: [4, 2, 2, 2, 2], strides: [2, 2, 2], group: 2 },
    ...{ dilations: [1, 1, 1], pads: [0, 0, 0], padsEnd: [0, 0, 0] },
  }),
  'ConvTranspose 3-D, kernel below the stride': convCase('ConvTranspose', {
    ...{ input: [2, 2, 2, 2], weightDims: [2, 3, 2, 1, 3], strides: [2, 2, 1], group: 1 },
    ...{ dilations: [1, 1, 1], pads: [0, 0, 1], padsEnd: [0, 0, 1] },
  }),
  Gemm: denseCase('gemm'),
  'Gemm with factors, transposed': denseCase('gemm-scaled'),
  'MatMul and Add': denseCase('matmul'),
  'MatMul and Add over tokens': denseCase('matmul-3d'),
  'MatMul with the weights on the left': denseCase('left'),
  Einsum: denseCase('einsum'),
}

const ofLrp = (composite: (typeof lrp.options.composite.choices)[number], more: object = {}) =>
  lrp.recipe({ ...defaultOptions(lrp.options), composite, ...more })

/** `isDense`: whether the composite means the same for a dense layer. */
const RULES: Readonly<Record<string, readonly [ExplanationRecipe, DenseRule, isDense?: boolean]>> =
  {
    epsilon: [ofLrp('epsilon', { epsilon: 0.1 }), { kind: 'epsilon', epsilon: 0.1 }],
    'z-plus': [ofLrp('z-plus'), { kind: 'z-plus' }],
    'alpha-beta': [
      ofLrp('alpha-beta', { alpha: 3, beta: 2 }),
      { kind: 'alpha-beta', alpha: 3, beta: 2 },
    ],
    gamma: [ofLrp('gamma', { gamma: 0.5 }), { kind: 'gamma', gamma: 0.5 }],
    'w-square': [ofLrp('w-square'), { kind: 'w-square' }],
    flat: [ofLrp('flat'), { kind: 'flat' }],
    'z-box with given bounds': [
      ofLrp('epsilon-gamma-box', { low: -1.5, high: 2 }),
      { kind: 'box', low: -1.5, high: 2 },
      false,
    ],
    excitation: [excitationBackprop.recipe({ contrastive: false }), { kind: 'excitation' }],
  }

describe.each(Object.entries(LAYERS))('%s', (_, { model, input, layer, repeats = 1 }) => {
  const size = count(input)
  const values = Array.from(Float32Array.from(randomNumbers(ROWS * size, 11)))
  const tensor = { dims: [ROWS, ...input], data: Float32Array.from(values) }

  test.each(Object.entries(RULES))('%s', async (name, [recipe, rule, isDense = true]) => {
    const isConv = input.length > 1 && repeats === 1
    if (!isDense && !isConv) return
    for (const isPositive of [false, true]) {
      const before = isPositive ? [{ op: 'Relu', inputs: ['x'], outputs: ['a'] }] : []
      const network = model(before, isPositive ? 'a' : 'x')
      const expected = expectedOf(isPositive ? values.map((v) => Math.max(v, 0)) : values)
      for (const provider of ['native', 'webgpu'] as const) {
        const run = await runRecipe({ model: network, recipe, inputs: [tensor], provider })
        expectClose(run.outputs[0]!, expected)
      }
    }

    function expectedOf(x: readonly number[]): number[] {
      const own = size / repeats
      return Array.from({ length: ROWS * repeats }, (__, row) => {
        const part = x.slice(row * own, (row + 1) * own)
        const z = denseForward(layer, part)
        return denseRelevance(layer, part, name === 'excitation' ? z.map(() => 1) : z, rule)
      }).flat()
    }
  })

  test('z-box between the smallest and the largest value of every row', async () => {
    const run = await runRecipe({
      model: model([], 'x'),
      recipe: deepTaylor.recipe({}),
      inputs: [tensor],
    })
    const own = size / repeats
    const expected = Array.from({ length: ROWS * repeats }, (__, index) => {
      const part = values.slice(index * own, (index + 1) * own)
      const start = Math.floor(index / repeats) * size
      const row = values.slice(start, start + size)
      const rule = { kind: 'box', low: Math.min(...row), high: Math.max(...row) } as const
      return denseRelevance(layer, part, denseForward(layer, part), rule)
    }).flat()
    expectClose(run.outputs[0]!, expected)
  })
})

test('contrastive excitation: what speaks for the outputs less what speaks against them', async () => {
  const { model, layer, input } = denseCase('gemm')
  const size = count(input)
  const values = Array.from(Float32Array.from(randomNumbers(ROWS * size, 12)))
  const run = await runRecipe({
    model: model([], 'x'),
    recipe: excitationBackprop.recipe({ contrastive: true }),
    inputs: [{ dims: [ROWS, size], data: Float32Array.from(values) }],
  })
  const negated = { matrix: layer.matrix.map((row) => row.map((w) => -w)), bias: layer.bias }
  const expected = Array.from({ length: ROWS }, (_, row) => {
    const x = values.slice(row * size, (row + 1) * size)
    const ones = layer.bias.map(() => 1)
    const rule = { kind: 'excitation' } as const
    const [plus, minus] = [layer, negated].map((own) => denseRelevance(own, x, ones, rule))
    return plus!.map((value, i) => value - minus![i]!)
  }).flat()
  expectClose(run.outputs[0]!, expected)
})

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length)
  const norm = Math.hypot(...expected)
  const error = Math.hypot(...expected.map((value, i) => value - got[i]!)) / norm
  expect(norm).toBeGreaterThan(0.01)
  expect(error).toBeLessThan(2e-5)
}
