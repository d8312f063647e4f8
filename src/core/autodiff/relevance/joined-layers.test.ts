/**
 * @file Batch norms with factors of both signs: shared convolutions, concatenations, pre-activation and
 * norms that nothing takes in, against the definition on matrices (one merged layer per norm).
 */

import { describe, expect, test } from 'vitest'
import { excitationBackprop } from '../../attribution/excitation-backprop.ts'
import { lrp } from '../../attribution/lrp.ts'
import { defaultOptions } from '../../parse-options.ts'
import type { DenseRule } from '../../testing/dense-layer.ts'
import {
  byDefinition,
  constants,
  conv,
  dense,
  diagonal,
  join,
  type Linear,
  layer,
  norm,
  numbers,
  relu,
  type Step,
} from '../../testing/dense-network.ts'
import { runRecipe } from '../../testing/run-recipe.ts'
import { count, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'
import type { ExplanationRecipe } from '../recipe.ts'

const ROWS = 2

interface Network {
  readonly input: readonly number[]
  readonly nodes: readonly TinyNode[]
  readonly steps: readonly Step[]
}

/** Flattened, and three scores. */
function head(from: string, length: number): { nodes: readonly TinyNode[]; step: Step } {
  const own = dense(length, 3)
  return {
    nodes: [{ op: 'Flatten', inputs: [from], outputs: ['flat'] }, own.node('flat', 'y')],
    step: layer(from, 'y', own.dense()),
  }
}

/** Two norms read one layer; `isRead`: so does an activation. */
function shared(own: Linear, input: readonly number[], isRead: boolean): Network {
  const [channels = 1] = own.output
  const [one, two] = [norm(channels), norm(channels)]
  const rest = isRead ? [relu('h', 'r')] : []
  const sources = ['a', 'b', ...rest.map(({ to }) => to)]
  const activations = [relu('n1', 'a'), relu('n2', 'b')]
  const whole = join('concat', sources, 'c')
  const last = head('c', sources.length * count(own.output))
  return {
    input,
    nodes: [
      ...[own.node('x', 'h'), one.node('h', 'n1'), two.node('h', 'n2')],
      ...[...rest, ...activations, whole, ...last.nodes],
    ],
    steps: [
      ...(isRead ? [layer('x', 'h', own.dense())] : []),
      layer('x', 'n1', own.dense(one.scaling)),
      layer('x', 'n2', own.dense(two.scaling)),
      ...[...rest, ...activations, whole, last.step],
    ],
  }
}

const image = [3, 4, 5]
const padded = () => conv('Conv', image, [4, 3, 3, 3], { pad: 1 })

const NETWORKS: Readonly<Record<string, () => Network>> = {
  'two norms on one convolution': () => shared(padded(), image, false),
  'two norms and an activation on one convolution': () => shared(padded(), image, true),
  'two norms on one grouped, strided convolution': () =>
    shared(conv('Conv', [4, 5, 5], [4, 2, 3, 3], { pad: 1, stride: 2, group: 2 }), [4, 5, 5], true),
  'two norms on one convolution of a line': () =>
    shared(conv('Conv', [2, 9], [3, 2, 3]), [2, 9], true),
  'two norms on one convolution of a volume': () =>
    shared(conv('Conv', [1, 3, 4, 3], [4, 1, 2, 3, 2], { pad: 1 }), [1, 3, 4, 3], true),
  'two norms on one transposed convolution': () =>
    shared(
      conv('ConvTranspose', [4, 3, 3], [4, 2, 2, 2], { stride: 2, group: 2 }),
      [4, 3, 3],
      true,
    ),
  'two norms on one transposed convolution of a volume': () =>
    shared(conv('ConvTranspose', [2, 2, 2, 2], [2, 3, 2, 2, 2], { stride: 2 }), [2, 2, 2, 2], true),
  'two norms on one dense layer': () => shared(dense(6, 5), [6], true),

  'one norm over a concatenation of a convolution and the input': () => {
    const [first, second, whole] = [
      padded(),
      conv('Conv', [7, 4, 5], [2, 7, 3, 3], { pad: 1 }),
      norm(7),
    ]
    const last = head('z', 2 * 4 * 5)
    const activation = relu('n', 'r')
    const end = relu('k', 'z')
    return {
      input: image,
      nodes: [
        ...[first.node('x', 'h'), join('concat', ['h', 'x'], 'c'), whole.node('c', 'n')],
        ...[activation, second.node('r', 'k'), end, ...last.nodes],
      ],
      steps: [
        layer('x', 'n1', first.dense(whole.part(0, 4))),
        layer('x', 'n2', diagonal(whole.part(4, 7), [4, 5])),
        join('concat', ['n1', 'n2'], 'n'),
        ...[activation, layer('r', 'k', second.dense()), end, last.step],
      ],
    }
  },

  'dense connections: later norms read earlier convolutions again': () => {
    const [first, second] = [padded(), conv('Conv', [4, 4, 5], [2, 4, 3, 3], { pad: 1 })]
    const [one, two] = [norm(4), norm(6)]
    const last = head('z', 6 * 4 * 5)
    const [activation, end] = [relu('n', 'r'), relu('m', 'z')]
    return {
      input: image,
      nodes: [
        ...[first.node('x', 'h'), one.node('h', 'n'), activation, second.node('r', 'k')],
        ...[join('concat', ['h', 'k'], 'c'), two.node('c', 'm'), end, ...last.nodes],
      ],
      steps: [
        ...[layer('x', 'n', first.dense(one.scaling)), activation],
        layer('x', 'm1', first.dense(two.part(0, 4))),
        layer('r', 'm2', second.dense(two.part(4, 6))),
        ...[join('concat', ['m1', 'm2'], 'm'), end, last.step],
      ],
    }
  },

  'pre-activation: the norm of a residual block shares the convolution with the sum': () => {
    const [first, second] = [padded(), conv('Conv', [4, 4, 5], [4, 4, 3, 3], { pad: 1 })]
    const [one, two] = [norm(4), norm(4)]
    const last = head('z', 4 * 4 * 5)
    const [activation, sum, end] = [relu('n', 'r'), join('add', ['h', 'k'], 's'), relu('m', 'z')]
    return {
      input: image,
      nodes: [
        ...[first.node('x', 'h'), one.node('h', 'n'), activation, second.node('r', 'k')],
        ...[sum, two.node('s', 'm'), end, ...last.nodes],
      ],
      steps: [
        ...[layer('x', 'h', first.dense()), layer('x', 'n', first.dense(one.scaling)), activation],
        ...[layer('r', 'k', second.dense()), sum, layer('s', 'm', diagonal(two.scaling, [4, 5]))],
        ...[end, last.step],
      ],
    }
  },

  'a norm after an activation, before a padded convolution': () => {
    const [first, second, between] = [
      padded(),
      conv('Conv', [4, 4, 5], [3, 4, 3, 3], { pad: 1 }),
      norm(4),
    ]
    const last = head('z', 3 * 4 * 5)
    const [activation, end] = [relu('h', 'r'), relu('k', 'z')]
    return {
      input: image,
      nodes: [
        ...[first.node('x', 'h'), activation, between.node('r', 'n'), second.node('n', 'k')],
        ...[end, ...last.nodes],
      ],
      steps: [
        ...[layer('x', 'h', first.dense()), activation],
        layer('r', 'n', diagonal(between.scaling, [4, 5])),
        ...[layer('n', 'k', second.dense()), end, last.step],
      ],
    }
  },

  'a norm of a norm, both read': () => {
    const [first, one, two] = [padded(), norm(4), norm(4)]
    const [a, b] = [relu('n', 'a'), relu('m', 'b')]
    const whole = join('concat', ['a', 'b', 'h'], 'c')
    const last = head('c', 3 * 4 * 4 * 5)
    return {
      input: image,
      nodes: [
        ...[first.node('x', 'h'), one.node('h', 'n'), two.node('n', 'm')],
        ...[a, b, whole, ...last.nodes],
      ],
      steps: [
        ...[layer('x', 'h', first.dense()), layer('x', 'n', first.dense(one.scaling))],
        layer('n', 'm', diagonal(two.scaling, [4, 5])),
        ...[a, b, whole, last.step],
      ],
    }
  },
}

const ofLrp = (composite: (typeof lrp.options.composite.choices)[number], more: object = {}) =>
  lrp.recipe({ ...defaultOptions(lrp.options), composite, ...more })

const RULES: Readonly<Record<string, readonly [ExplanationRecipe, DenseRule]>> = {
  epsilon: [ofLrp('epsilon', { epsilon: 0.1 }), { kind: 'epsilon', epsilon: 0.1 }],
  'z-plus': [ofLrp('z-plus'), { kind: 'z-plus' }],
  'alpha-beta': [
    ofLrp('alpha-beta', { alpha: 1.5, beta: 0.5 }),
    { kind: 'alpha-beta', alpha: 1.5, beta: 0.5 },
  ],
  gamma: [ofLrp('gamma', { gamma: 0.5 }), { kind: 'gamma', gamma: 0.5 }],
  'w-square': [ofLrp('w-square'), { kind: 'w-square' }],
  flat: [ofLrp('flat'), { kind: 'flat' }],
  excitation: [excitationBackprop.recipe({ contrastive: false }), { kind: 'excitation' }],
}

describe.each(Object.entries(NETWORKS))('%s', (_, make) => {
  const { input, nodes, steps } = make()
  const size = count(input)
  const values = numbers(ROWS * size)
  const tensor = { dims: [ROWS, ...input], data: Float32Array.from(values) }
  const model = tinyModel({ inputs: { x: tensor.dims }, constants, nodes })
  const weights = [1, 0, 0.5, 0, 1, -1]

  test.each(Object.entries(RULES))('%s', async (name, [recipe, rule]) => {
    const expected = Array.from({ length: ROWS }, (__, row) => {
      const own = weights.slice(3 * row, 3 * row + 3)
      return byDefinition(steps, values.slice(row * size, (row + 1) * size), rule, (y) =>
        own.map((weight, i) => weight * (name === 'excitation' ? 1 : y[i]!)),
      )
    }).flat()
    for (const provider of ['native', 'webgpu'] as const) {
      const { outputs } = await runRecipe({ model, recipe, inputs: [tensor], weights, provider })
      const norm = Math.hypot(...expected)
      const error = Math.hypot(...expected.map((value, i) => value - outputs[0]![i]!)) / norm
      expect(norm).toBeGreaterThan(0.01)
      expect(error).toBeLessThan(5e-5)
    }
  })
})
