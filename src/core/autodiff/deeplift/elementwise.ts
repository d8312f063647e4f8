/** @file DeepLIFT's rules for operators that act element by element, and for products. */

import { average, quotient, type TwoPointRule } from './two-point.ts'

/**
 * The rescale rule, for y = f(x): dy / dx, the gradient where |dx| < 1e-10. Other inputs (the slope of
 * PRelu, the bounds of Clip, the exponent of Pow) are taken as fixed, and get nothing.
 */
export const rescale: TwoPointRule = ({ g, inputs, y, needs, cotangent, atBaseline, slope }) => {
  const [x] = inputs
  const [x0] = atBaseline.inputs
  const [gradient] = slope(cotangent)
  const rest = inputs.slice(1).map(() => null)
  if (!x || !x0 || !gradient || !needs[0]) return [null, ...rest]
  const change = g.mul(cotangent, g.sub(y, atBaseline.y))
  return [quotient(g, change, g.sub(x, x0), gradient), ...rest]
}

/**
 * y = a b, of numbers or of matrices: dy = da * mean(b) + mean(a) * db exactly, with the means over the
 * two points. A factor that is the same at both gives the other its plain derivative.
 */
export const bilinear: TwoPointRule = ({ g, inputs, atBaseline, slopeAt }) =>
  slopeAt(
    inputs.map((value, i) => {
      const other = atBaseline.inputs[i]
      return value && other ? average(g, value, other) : value
    }),
  )

/** y = a (1/b): da * mean(1/b) + mean(a) * d(1/b), and d(1/b) = -db / (b b'). */
export const division: TwoPointRule = ({ g, inputs, needs, cotangent, atBaseline }) => {
  const [a, b] = inputs
  const [a0, b0] = atBaseline.inputs
  if (!a || !b || !a0 || !b0) return [null, null]
  const meanInverse = average(g, g.reciprocal(b), g.reciprocal(b0))
  const perB = () => g.neg(g.div(g.div(average(g, a, a0), b), b0))
  return [
    needs[0] ? g.mul(cotangent, meanInverse) : null,
    needs[1] ? g.mul(cotangent, perB()) : null,
  ]
}

/**
 * The mean of the derivatives at the two points: exact where the operator is linear or bilinear, else
 * right to second order. For Where it halves the share of a branch that only one point takes.
 */
export const averaged: TwoPointRule = ({ g, inputs, cotangent, slope, slopeAtBaseline }) => {
  const atInput = slope(cotangent)
  const atBaseline = slopeAtBaseline(cotangent)
  return inputs.map((_, i) => {
    const own = atInput[i]
    const other = atBaseline[i]
    return own && other ? average(g, own, other) : null
  })
}
