import { expect, test } from 'vitest'
import { type GradientCheck, gradientError } from '../../testing/check-gradient.ts'
import { tinyModel } from '../../testing/tiny-models.ts'

const cases: readonly [op: string, check: GradientCheck][] = [
  ['Abs', { values: 'distinct', gap: 0.25 }],
  ['Acos', { shift: 0, seed: 3 }],
  ['Asin', { shift: 0, seed: 3 }],
  ['Atan', {}],
  ['Cos', {}],
  ['Cosh', {}],
  ['Erf', {}],
  ['Exp', {}],
  ['Log', { values: 'positive' }],
  ['Neg', {}],
  ['Reciprocal', { values: 'positive' }],
  ['Sin', {}],
  ['Sinh', {}],
  ['Sqrt', { values: 'positive' }],
  ['Tan', {}],
]
test.each(cases)('%s agrees with central differences', async (op, check) => {
  const model = tinyModel({ inputs: { x: [2, 6] }, nodes: [{ op, inputs: ['x'] }] })
  expect(await gradientError(model, check)).toBeLessThan(2e-3)
})
