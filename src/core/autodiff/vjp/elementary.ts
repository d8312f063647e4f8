/** @file VJP rules of the elementary functions of one value. */

import { defineVjp } from '../rule.ts'
import { defineSlope, fromNumber, plusNumber, square } from './slope.ts'

/** sign(x); 0 at 0. */
export const abs = defineSlope('Abs', ({ g, inputs: [x] }) => g.sign(x))

export const acos = defineSlope('Acos', ({ g, inputs: [x] }) =>
  g.neg(g.reciprocal(g.sqrt(fromNumber(g, 1, square(g, x))))),
)

/** 1 / sqrt(x^2 - 1) */
export const acosh = defineSlope('Acosh', ({ g, inputs: [x] }) =>
  g.reciprocal(g.sqrt(plusNumber(g, square(g, x), -1))),
)

export const asin = defineSlope('Asin', ({ g, inputs: [x] }) =>
  g.reciprocal(g.sqrt(fromNumber(g, 1, square(g, x)))),
)

/** 1 / sqrt(x^2 + 1) */
export const asinh = defineSlope('Asinh', ({ g, inputs: [x] }) =>
  g.reciprocal(g.sqrt(plusNumber(g, square(g, x), 1))),
)

export const atan = defineSlope('Atan', ({ g, inputs: [x] }) =>
  g.reciprocal(plusNumber(g, square(g, x), 1)),
)

/** 1 / (1 - x^2) */
export const atanh = defineSlope('Atanh', ({ g, inputs: [x] }) =>
  g.reciprocal(fromNumber(g, 1, square(g, x))),
)

export const cos = defineSlope('Cos', ({ g, inputs: [x] }) => g.neg(g.node('Sin', [x], x.dims)))

export const cosh = defineSlope('Cosh', ({ g, inputs: [x] }) => g.node('Sinh', [x], x.dims))

/** 2 / sqrt(pi) * exp(-x^2) */
export const erf = defineSlope('Erf', ({ g, inputs: [x] }) =>
  g.scale(g.exp(g.neg(square(g, x))), 2 / Math.sqrt(Math.PI)),
)

export const exp = defineSlope('Exp', ({ y }) => y)

export const log = defineVjp('Log', ['x'], ({ g, inputs: [x], cotangent }) => [g.div(cotangent, x)])

export const neg = defineVjp('Neg', ['x'], ({ g, cotangent }) => [g.neg(cotangent)])

/** -y^2 */
export const reciprocal = defineSlope('Reciprocal', ({ g, y }) => g.neg(square(g, y)))

export const sin = defineSlope('Sin', ({ g, inputs: [x] }) => g.node('Cos', [x], x.dims))

export const sinh = defineSlope('Sinh', ({ g, inputs: [x] }) => g.node('Cosh', [x], x.dims))

/** 1 / (2 y); infinite at 0, as in PyTorch. */
export const sqrt = defineVjp('Sqrt', ['x'], ({ g, y, cotangent }) => [
  g.div(cotangent, g.scale(y, 2)),
])

export const tan = defineSlope('Tan', ({ g, y }) => plusNumber(g, square(g, y), 1))
