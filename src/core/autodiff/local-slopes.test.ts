import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floatScalar } from '../onnx/constants.ts'
import {
  createFeeds,
  gradientError,
  gradientRecipeOf,
  runGradient,
  traceTypes,
} from '../testing/check-gradient.ts'
import { type TinyNode, tinyModel } from '../testing/tiny-models.ts'
import { compileExplanation } from './gradient-graph.ts'
import { traitsOf } from './lowering/provider-traits.ts'

const swish: TinyNode[] = [
  { op: 'Sigmoid', inputs: ['x'] },
  { op: 'Mul', inputs: ['x', 'y0'] },
]
const gelu: TinyNode[] = [
  { op: 'Div', inputs: ['x', 'root2'] },
  { op: 'Erf', inputs: ['y0'] },
  { op: 'Add', inputs: ['y1', 'one'] },
  { op: 'Mul', inputs: ['x', 'y2'] },
  { op: 'Mul', inputs: ['y3', 'half'] },
]
const constants = {
  root2: floatScalar(Math.SQRT2),
  one: floatScalar(1),
  half: floatScalar(0.5),
  six: floatScalar(6),
  three: floatScalar(3),
  zero: floatScalar(0),
}
const functions: Readonly<Record<string, TinyNode[]>> = {
  swish,
  gelu,
  'hard swish': [
    { op: 'Add', inputs: ['x', 'three'] },
    { op: 'Clip', inputs: ['y0', 'zero', 'six'] },
    { op: 'Mul', inputs: ['x', 'y1'] },
    { op: 'Div', inputs: ['y2', 'six'] },
  ],
  mish: [
    { op: 'Softplus', inputs: ['x'] },
    { op: 'Tanh', inputs: ['y0'] },
    { op: 'Mul', inputs: ['x', 'y1'] },
  ],
  'a function inside a function': [
    { op: 'Sigmoid', inputs: ['x'] },
    { op: 'Mul', inputs: ['x', 'y0'] },
    { op: 'Tanh', inputs: ['y1'] },
    { op: 'Sub', inputs: ['y2', 'x'] },
  ],
  'an inner value that others read, too': [
    { op: 'Sigmoid', inputs: ['x'] },
    { op: 'Mul', inputs: ['x', 'y0'] },
    { op: 'ReduceSum', inputs: ['y0'] },
    { op: 'Mul', inputs: ['y1', 'y2'] },
  ],
}
test.each(Object.entries(functions))('%s: central differences', async (_, nodes) => {
  const model = tinyModel({ inputs: { x: [2, 3, 4] }, constants, nodes })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test.each([
  ['swish', swish],
  ['gelu', gelu],
])('%s multiplies the cotangent once', async (_, nodes) => {
  const model = tinyModel({ inputs: { x: [2, 3] }, constants, nodes })
  const last = nodes.length === 2 ? 'y1' : 'y3'
  const { graph } = compileExplanation({
    model,
    types: await traceTypes(model, createFeeds(model, {})),
    target: last,
    recipe: gradientRecipeOf(undefined, 'standard'),
    traits: traitsOf('native'),
  })
  const seed = 'saliscope.target_weights'
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(seed))
  // One for the score, one for the gradient.
  expect(readers.map(({ op }) => op)).toEqual(['Mul', 'Mul'])
})

test('the gradient of an inner value stays what it is', async () => {
  const model = tinyModel({ inputs: { x: [1, 3] }, constants, nodes: swish })
  const x = [-1.5, 0.25, 2]
  const { gradients } = await runGradient({
    model,
    feeds: { x: { dtype: 'float32', dims: [1, 3], data: Float32Array.from(x) } },
    weights: [1, 1, 1],
    of: ['y0', 'x'],
  })
  const [atGate, atInput] = gradients.map(({ data }) => Array.from(data, Number))
  expect(atGate).toEqual(x)
  for (const [i, value] of x.entries()) {
    const s = 1 / (1 + Math.exp(-value))
    expect(atInput?.[i]).toBeCloseTo(s + value * s * (1 - s), 5)
  }
})

const unary = fc.constantFrom('Sigmoid', 'Tanh', 'Erf', 'Neg', 'Softplus', 'Exp')
const binary = fc.constantFrom('Add', 'Sub', 'Mul')
const pick = fc.nat({ max: 20 })
const step = fc.oneof(
  fc.record({ op: unary, a: pick, b: fc.constant(-1) }),
  fc.record({ op: binary, a: pick, b: pick }),
)
test('random formulas of one value agree with central differences', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      const nodes: TinyNode[] = []
      for (const [index, { op, a, b }] of steps.entries()) {
        const names = ['x', ...nodes.map((_, i) => `y${i}`)]
        // The newest value always takes part, so that the target depends on the whole formula.
        const newest = names[index] ?? 'x'
        const other = names[a % names.length] ?? 'x'
        // Growing values are bounded first: a derivative of exp(exp(x)) says nothing.
        const safe = op === 'Exp' ? 'Tanh' : op
        nodes.push({
          op: safe,
          inputs: b < 0 ? [newest] : b % 2 ? [newest, other] : [other, newest],
        })
      }
      const model = tinyModel({ inputs: { x: [2, 5] }, constants, nodes })
      expect(await gradientError(model)).toBeLessThan(1e-3)
    }),
    { seed: 11, numRuns: 40 },
  )
})
