/**
 * @file Layers whose weights are all positive, all negative or all zero, so that parts of them are empty:
 * every rule and composite against the definition on matrices.
 */

import { describe, expect, test } from 'vitest'
import { deepTaylor } from '../../attribution/deep-taylor.ts'
import { excitationBackprop } from '../../attribution/excitation-backprop.ts'
import { lrp } from '../../attribution/lrp.ts'
import { defaultOptions } from '../../parse-options.ts'
import type { DenseLayer, DenseRule } from '../../testing/dense-layer.ts'
import {
  byDefinition,
  constants,
  conv,
  dense,
  diagonal,
  type Linear,
  layer,
  norm,
  numbers,
  relu,
  type Sign,
  type Step,
} from '../../testing/dense-network.ts'
import { runRecipe } from '../../testing/run-recipe.ts'
import { count, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'
import type { ExplanationRecipe } from '../recipe.ts'

const ROWS = 2
const SIGNS = ['positive', 'negative', 'zero'] as const

interface Network {
  readonly input: readonly number[]
  readonly nodes: readonly TinyNode[]
  /** Layers read 'x' (the first), 'r' (a convolution), 'm' (a norm of its own) and 'z' (the last, dense). */
  readonly steps: readonly Step[]
}

interface Parts {
  readonly input: readonly number[]
  readonly first: Linear
  readonly inner: Linear
  readonly head?: Sign
  /** Between the inner convolution and its activation; or behind that. */
  readonly merged?: Sign
  readonly alone?: Sign
}

function network({ input, first, inner, head = 'mixed', merged, alone }: Parts): Network {
  const [channels = 1, ...sizes] = inner.output
  const own = merged && norm(channels, merged)
  const late = alone && norm(channels, alone)
  const last = dense(count(inner.output), 3, head)
  const activations = [relu('h', 'r'), relu('n', late ? 'm' : 'z')] as const
  return {
    input,
    nodes: [
      ...[first.node('x', 'h'), activations[0], inner.node('r', own ? 'k' : 'n')],
      ...(own ? [own.node('k', 'n')] : []),
      activations[1],
      // A second reader keeps the norm from being merged into the dense layer.
      ...(late ? [late.node('m', 'o'), relu('o', 'z')] : []),
      { op: 'Flatten', inputs: ['z'], outputs: ['flat'] },
      last.node('flat', 'y'),
    ],
    steps: [
      ...[layer('x', 'h', first.dense()), activations[0]],
      ...[layer('r', 'n', inner.dense(own?.scaling)), activations[1]],
      ...(late ? [layer('m', 'o', diagonal(late.scaling, sizes)), relu('o', 'z')] : []),
      layer('z', 'y', last.dense()),
    ],
  }
}

const image = [2, 4, 3]
const line = [2, 5]
const volume = [1, 3, 2, 3]
const ofImage = (sign: Sign = 'mixed') => conv('Conv', image, [3, 2, 3, 3], { pad: 1, sign })
const point = (sign: Sign = 'mixed') => conv('Conv', [3, 4, 3], [3, 3, 1, 1], { sign })

const NETWORKS: Readonly<Record<string, (sign: Sign) => Network>> = {
  'the first convolution': (sign) =>
    network({ input: image, first: ofImage(sign), inner: point() }),
  'a convolution of single points': (sign) =>
    network({ input: image, first: ofImage(), inner: point(sign) }),
  'all convolutions of a line': (sign) =>
    network({
      input: line,
      first: conv('Conv', line, [3, 2, 3], { pad: 1, sign }),
      inner: conv('Conv', [3, 5], [2, 3, 3], { sign }),
    }),
  'a transposed convolution of a volume': (sign) =>
    network({
      input: volume,
      first: conv('Conv', volume, [2, 1, 2, 2, 2], { sign: 'mixed' }),
      inner: conv('ConvTranspose', [2, 2, 1, 2], [2, 2, 2, 2, 2], { stride: 2, sign }),
    }),
  'the dense layer': (sign) =>
    network({ input: image, first: ofImage(), inner: point(), head: sign }),
  'every layer': (sign) =>
    network({ input: image, first: ofImage(sign), inner: point(sign), head: sign }),
  'a batch norm merged into its convolution': (sign) =>
    network({ input: image, first: ofImage(), inner: point('positive'), merged: sign }),
  'a batch norm between activations': (sign) =>
    network({ input: image, first: ofImage(), inner: point(), alone: sign }),
}

const ofLrp = (composite: (typeof lrp.options.composite.choices)[number], more: object = {}) =>
  lrp.recipe({ ...defaultOptions(lrp.options), composite, ...more })

type RuleAt = (from: string, x: readonly number[]) => DenseRule

const epsilon: DenseRule = { kind: 'epsilon', epsilon: 0.1 }
const zPlus: DenseRule = { kind: 'z-plus' }
const flat: DenseRule = { kind: 'flat' }
const gamma: DenseRule = { kind: 'gamma', gamma: 0.5 }
const alphaBeta = (alpha: number): DenseRule => ({ kind: 'alpha-beta', alpha, beta: alpha - 1 })
const box = (x: readonly number[]): DenseRule => ({
  kind: 'box',
  low: Math.min(...x),
  high: Math.max(...x),
})
/** One rule at convolutions and norms, epsilon at the dense layer, perhaps another at the first. */
const composite =
  (inner: DenseRule, first?: (x: readonly number[]) => DenseRule): RuleAt =>
  (from, x) =>
    from === 'z' ? epsilon : from === 'x' ? (first?.(x) ?? inner) : inner
const numbersOf = { epsilon: 0.1, gamma: 0.5 }

const RULES: Readonly<Record<string, readonly [ExplanationRecipe, RuleAt]>> = {
  epsilon: [ofLrp('epsilon', numbersOf), () => epsilon],
  'z-plus': [ofLrp('z-plus'), () => zPlus],
  'alpha-beta': [ofLrp('alpha-beta', { alpha: 1.5, beta: 0.5 }), () => alphaBeta(1.5)],
  gamma: [ofLrp('gamma', numbersOf), () => gamma],
  'epsilon-plus': [ofLrp('epsilon-plus', numbersOf), composite(zPlus)],
  'epsilon-plus-flat': [ofLrp('epsilon-plus-flat', numbersOf), composite(zPlus, () => flat)],
  'epsilon-alpha2-beta1': [ofLrp('epsilon-alpha2-beta1', numbersOf), composite(alphaBeta(2))],
  'epsilon-alpha2-beta1-flat': [
    ofLrp('epsilon-alpha2-beta1-flat', numbersOf),
    composite(alphaBeta(2), () => flat),
  ],
  'epsilon-gamma-box': [ofLrp('epsilon-gamma-box', numbersOf), composite(gamma, box)],
  'w-square': [ofLrp('w-square'), () => ({ kind: 'w-square' })],
  flat: [ofLrp('flat'), () => flat],
  'deep-taylor': [deepTaylor.recipe({}), (from, x) => (from === 'x' ? box(x) : zPlus)],
  excitation: [excitationBackprop.recipe({ contrastive: false }), () => ({ kind: 'excitation' })],
  contrastive: [excitationBackprop.recipe({ contrastive: true }), () => ({ kind: 'excitation' })],
}

test('every composite of LRP is here', () => {
  expect(Object.keys(RULES)).toEqual(expect.arrayContaining([...lrp.options.composite.choices]))
})

describe.each(Object.entries(NETWORKS))('%s', (_, make) => {
  describe.each(SIGNS)('%s', (sign) => {
    const { input, nodes, steps } = make(sign)
    const size = count(input)
    const values = numbers(ROWS * size)
    const tensor = { dims: [ROWS, ...input], data: Float32Array.from(values) }
    const model = tinyModel({ inputs: { x: tensor.dims }, constants, nodes })
    const weights = [1, 0, 0.5, 0, 1, -1]

    test.each(Object.entries(RULES))('%s', async (name, [recipe, ruleAt]) => {
      const isProbability = name === 'excitation' || name === 'contrastive'
      const ofRow = (row: number, own: readonly Step[]) => {
        const x = values.slice(row * size, (row + 1) * size)
        const start = weights.slice(3 * row, 3 * row + 3)
        return byDefinition(
          own,
          x,
          (from) => ruleAt(from, x),
          (y) => start.map((weight, i) => weight * (isProbability ? 1 : y[i]!)),
        )
      }
      const expected = Array.from({ length: ROWS }, (__, row) => {
        const plain = ofRow(row, steps)
        if (name !== 'contrastive') return plain
        const against = ofRow(row, steps.map(negatedAtTheEnd))
        return plain.map((value, i) => value - against[i]!)
      }).flat()
      for (const provider of ['native', 'webgpu'] as const) {
        const { outputs } = await runRecipe({ model, recipe, inputs: [tensor], weights, provider })
        const error = Math.hypot(...expected.map((value, i) => value - outputs[0]![i]!))
        // A map that is empty by definition is empty but for rounding.
        expect(error).toBeLessThan(5e-5 * Math.hypot(...expected) + 1e-7)
      }
    })
  })
})

function negatedAtTheEnd(step: Step): Step {
  if (step.kind !== 'layer' || step.to !== 'y') return step
  const { matrix, bias, ...rest } = step.layer
  const negated: DenseLayer = { ...rest, bias, matrix: matrix.map((row) => row.map((w) => -w)) }
  return { ...step, layer: negated }
}
