import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFeeds, gradientError, runGradient } from '../../testing/check-gradient.ts'
import { randomFloats, tinyModel } from '../../testing/tiny-models.ts'
import { choosePhaseForm } from './phase-cost.ts'
import { type PhasePlan, planPhases } from './phase-plan.ts'
import { separatePlans } from './separate-phases.ts'

function plansOf(kernel: number, stride: number, size: number, axes: number) {
  const outputSize = Math.ceil(size / stride)
  const padBegin = Math.floor(kernel / 2)
  const plan = planPhases({ kernel, stride, dilation: 1, padBegin, inputSize: size, outputSize })
  return Array.from({ length: axes }, () => plan)
}
const weights = (...dims: number[]) => ({ name: 'w', dtype: 'float32', dims }) as const

/** The axes that the thin form leaves out, none for another form. */
function thinAxes(w: ReturnType<typeof weights>, plans: readonly PhasePlan[]): readonly number[] {
  const form = choosePhaseForm(w, 1, plans, undefined)
  return form.kind === 'thin' ? form.axes : []
}
const isThin = (w: ReturnType<typeof weights>, plans: readonly PhasePlan[]) =>
  thinAxes(w, plans).length > 0

test('the thin form is for first layers, not for deep ones', () => {
  expect(isThin(weights(16, 1, 7, 7, 7), plansOf(7, 2, 96, 3))).toBe(true)
  expect(isThin(weights(32, 1, 3, 3, 3), plansOf(3, 1, 96, 3))).toBe(true)
  // One axis where that fills the matrix product, two where it does not.
  expect(thinAxes(weights(16, 1, 7, 7, 7), plansOf(7, 2, 96, 3))).toEqual([0])
  expect(thinAxes(weights(32, 1, 3, 3, 3), plansOf(3, 1, 96, 3))).toEqual([0, 1])
  // Three phases of the first axis are moved once more along the second.
  expect(thinAxes(weights(64, 1, 5, 5, 5), plansOf(5, 3, 96, 3))).toEqual([])
  expect(isThin(weights(64, 64, 3, 3, 3), plansOf(3, 1, 24, 3))).toBe(false)
  expect(isThin(weights(128, 64, 3, 3), plansOf(3, 2, 24, 2))).toBe(false)
})

const thin: readonly [x: number[], w: number[], strides: number[], dilations: number[]][] = [
  [
    [1, 1, 9, 8],
    [16, 1, 3, 3],
    [1, 1],
    [2, 1],
  ],
  [
    [3, 1, 9, 9],
    [64, 1, 5, 5],
    [2, 2],
    [1, 1],
  ],
  [
    [1, 1, 12, 9],
    [32, 1, 5, 3],
    [3, 2],
    [2, 1],
  ],
  [
    [2, 2, 8, 7, 6],
    [24, 2, 5, 4, 3],
    [2, 2, 2],
    [1, 1, 1],
  ],
  [
    [1, 1, 7, 9, 8],
    [16, 1, 3, 3, 3],
    [1, 1, 2],
    [3, 1, 1],
  ],
  [
    [1, 1, 10, 7, 7],
    [16, 1, 2, 3, 3],
    [4, 1, 1],
    [1, 1, 1],
  ],
  [
    [2, 1, 6, 7, 5],
    [32, 1, 3, 3, 3],
    [1, 1, 1],
    [1, 2, 1],
  ],
  [
    [1, 2, 7, 8, 6],
    [32, 2, 3, 3, 2],
    [1, 2, 1],
    [2, 1, 1],
  ],
  [
    [1, 1, 1, 9, 6],
    [24, 1, 1, 5, 3],
    [1, 2, 1],
    [1, 1, 1],
  ],
]
test.each(thin)(
  'the thin form: input %j, weights %j, strides %j, dilations %j',
  async (...sizes) => {
    const [x, w, strides, dilations] = sizes
    const pads = strides.map(() => 1)
    const plans = strides.map((stride, i) =>
      planPhases({
        kernel: w[i + 2]!,
        stride,
        dilation: dilations[i]!,
        padBegin: 1,
        inputSize: x[i + 2]!,
        outputSize: Math.floor((x[i + 2]! + 1 - (w[i + 2]! - 1) * dilations[i]!) / stride) + 1,
      }),
    )
    expect(isThin(weights(...w), plans)).toBe(true)
    const model = tinyModel({
      inputs: { x },
      constants: { w: randomFloats(w) },
      nodes: [
        {
          op: 'Conv',
          inputs: ['x', 'w'],
          attributes: { strides, dilations, pads: [...pads, ...pads] },
        },
      ],
    })
    expect(await gradientError(model)).toBeLessThan(1e-3)
    expect(await gradientError(model, { provider: 'webgpu' })).toBeLessThan(1e-3)
  },
)

test('phases are separate where their zeros would cost more than putting them together', () => {
  const form = (w: number[], plans: readonly PhasePlan[]) =>
    choosePhaseForm(weights(...w), 1, plans, separatePlans(plans, w.slice(2))).kind
  expect(form([512, 512, 3, 3], plansOf(3, 2, 14, 2))).toBe('separate')
  expect(form([64, 16, 3, 3, 3], plansOf(3, 2, 24, 3))).toBe('separate')
  expect(form([64, 64, 3, 3], plansOf(3, 1, 14, 2))).toBe('together')
  expect(form([512, 512, 1, 1], plansOf(1, 2, 14, 2))).toBe('together')
  expect(form([16, 1, 7, 7, 7], plansOf(7, 2, 96, 3))).toBe('thin')
})

const wide: readonly [w: number[], strides: number[], dilations: number[]][] = [
  [
    [128, 32, 3, 3],
    [2, 2],
    [1, 1],
  ],
  [
    [64, 16, 3, 3, 3],
    [2, 2, 2],
    [1, 1, 1],
  ],
  [
    [128, 32, 3, 4],
    [3, 2],
    [2, 1],
  ],
  [
    [128, 32, 2, 3],
    [4, 2],
    [2, 1],
  ],
  [
    [128, 32, 3, 3],
    [2, 2],
    [1, 2],
  ],
  [[256, 64, 5], [2], [1]],
]
test.each(wide)(
  'every phase by itself is the same gradient: weights %j, strides %j, dilations %j',
  async (w, strides, dilations) => {
    const pads = strides.map(() => 1)
    const sizes = strides.map((_, i) => 7 + i)
    const model = tinyModel({
      inputs: { x: [2, w[1]!, ...sizes] },
      constants: { w: randomFloats(w) },
      nodes: [
        {
          op: 'Conv',
          inputs: ['x', 'w'],
          attributes: { strides, dilations, pads: [...pads, ...pads] },
        },
      ],
    })
    const feeds = createFeeds(model, {})
    const count = strides.reduce(
      (n, stride, i) =>
        n * (Math.floor((sizes[i]! + 1 - (w[i + 2]! - 1) * dilations[i]!) / stride) + 1),
      2 * w[0]!,
    )
    const start = Array.from({ length: count }, (_, i) => Math.cos(i))
    const apart = await runGradient({ model, feeds, weights: start, provider: 'native' })
    const together = await runGradient({ model, feeds, weights: start, provider: 'webgpu' })
    const expected = Array.from(together.gradients[0]!.data, Number)
    const scale = Math.max(...expected.map(Math.abs))
    for (const [i, value] of Array.from(apart.gradients[0]!.data, Number).entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6 * scale)
    }
  },
)

const axis = fc.record({
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padBegin: fc.integer({ min: 0, max: 2 }),
  padEnd: fc.integer({ min: 0, max: 2 }),
  extra: fc.integer({ min: 0, max: 4 }),
})
const convolution = fc.record({
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  batch: fc.constantFrom(1, 3),
  group: fc.constantFrom(1, 1, 2),
  cin: fc.integer({ min: 1, max: 2 }),
  cout: fc.integer({ min: 1, max: 3 }),
  provider: fc.constantFrom('native' as const, 'webgpu' as const),
})

test('random convolutions agree with central differences in both forms', async () => {
  await fc.assert(
    fc.asyncProperty(convolution, async ({ axes, batch, group, cin, cout, provider }) => {
      const sizes = axes.map((a) => (a.kernel - 1) * a.dilation + 1 + a.extra)
      const kernel = axes.map((a) => a.kernel)
      const model = tinyModel({
        inputs: { x: [batch, cin * group, ...sizes] },
        constants: { w: randomFloats([cout * group, cin, ...kernel]) },
        nodes: [
          {
            op: 'Conv',
            inputs: ['x', 'w'],
            attributes: {
              strides: axes.map((a) => a.stride),
              dilations: axes.map((a) => a.dilation),
              pads: [...axes.map((a) => a.padBegin), ...axes.map((a) => a.padEnd)],
              group,
            },
          },
        ],
      })
      expect(await gradientError(model, { provider })).toBeLessThan(1e-3)
    }),
    { seed: 5, numRuns: 60 },
  )
})
