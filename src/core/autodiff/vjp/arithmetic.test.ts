import { expect, test } from 'vitest'
import { boolTensor, floatScalar } from '../../onnx/constants.ts'
import { type GradientCheck, gradientError, runGradient } from '../../testing/check-gradient.ts'
import { randomFloats, tinyModel } from '../../testing/tiny-models.ts'

type Shapes = readonly (readonly number[])[]
const BROADCASTS: readonly Shapes[] = [
  [
    [3, 4],
    [3, 4],
  ],
  [
    [3, 4],
    [1, 4],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [[3, 1], [4]],
  [[2, 3], []],
  [
    [1, 1],
    [2, 3],
  ],
]
const binary: readonly [op: string, check: GradientCheck][] = [
  ['Add', {}],
  ['Sub', {}],
  ['Mul', {}],
  ['Div', { values: 'positive' }],
  ['Pow', { values: 'positive' }],
  ['Max', { values: 'distinct', gap: 0.1 }],
  ['Min', { values: 'distinct', gap: 0.1 }],
  ['Sum', {}],
  ['Mean', {}],
]
const grid = binary.flatMap(([op, check]) =>
  BROADCASTS.map(([a = [], b = []]) => [op, a, b, check] as const),
)
test.each(grid)('%s of %j and %j agrees with central differences', async (op, a, b, check) => {
  // Half a rung off the other ladder, so that no pair is close.
  const shifted = check.values === 'distinct' ? { op: 'Add', inputs: ['b', 'half'] } : null
  const model = tinyModel({
    inputs: { a, b },
    constants: { half: floatScalar(0.05) },
    nodes: shifted ? [shifted, { op, inputs: ['a', 'y0'] }] : [{ op, inputs: ['a', 'b'] }],
  })
  expect(await gradientError(model, check)).toBeLessThan(2e-3)
})

test.each([2, 3, 0.5, -1, 1, 0])('Pow with the constant exponent %d', async (exponent) => {
  const constants = { p: floatScalar(exponent) }
  const nodes = [{ op: 'Pow', inputs: ['x', 'p'] }]
  const model = tinyModel({ inputs: { x: [2, 5] }, constants, nodes })
  expect(await gradientError(model, { values: 'positive' })).toBeLessThan(2e-3)
})

test('Pow of a negative base with an integer exponent', async () => {
  const nodes = [{ op: 'Pow', inputs: ['x', 'p'] }]
  const model = tinyModel({ inputs: { x: [6] }, constants: { p: floatScalar(3) }, nodes })
  expect(await gradientError(model, { shift: -2 })).toBeLessThan(2e-3)
})

test('Where sends each cotangent to the branch that was taken', async () => {
  const constants = { c: boolTensor([true, false, true, true, false, false], [2, 3]) }
  const nodes = [{ op: 'Where', inputs: ['c', 'a', 'b'] }]
  const model = tinyModel({ inputs: { a: [2, 3], b: [3] }, constants, nodes })
  expect(await gradientError(model)).toBeLessThan(2e-3)
})

test('variadic Sum, Mean and Max of three', async () => {
  for (const op of ['Sum', 'Mean', 'Max']) {
    const nodes = [
      { op: 'Mul', inputs: ['x', 'w'] },
      { op, inputs: ['x', 'y0', 'w'] },
    ]
    const constants = { w: randomFloats([4]) }
    const model = tinyModel({ inputs: { x: [3, 4] }, constants, nodes })
    expect(await gradientError(model, { step: 1e-3 })).toBeLessThan(5e-3)
  }
})

test('equal entries of Max share the cotangent', async () => {
  const model = tinyModel({
    inputs: { a: [2], b: [2] },
    nodes: [{ op: 'Max', inputs: ['a', 'b'] }],
  })
  const tensor = (...values: number[]) =>
    ({ dtype: 'float32', dims: [2], data: Float32Array.from(values) }) as const
  const feeds = { a: tensor(1, 3), b: tensor(1, 2) }
  const { gradients } = await runGradient({ model, feeds, weights: [4, 5] })
  expect(gradients.map(({ data }) => [...data].map(Number))).toEqual([
    [2, 5],
    [2, 0],
  ])
})
