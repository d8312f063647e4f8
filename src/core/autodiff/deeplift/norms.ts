/** @file DeepLIFT's rules for norms: reductions, and vectors divided by their norm. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { reductionAxes } from '../vjp/known-integers.ts'
import { square } from '../vjp/slope.ts'
import { average, quotient, type TwoPointContext, type TwoPointRule } from './two-point.ts'

/** One value at the input and at the baseline. */
interface Pair {
  readonly x: Value
  readonly x0: Value
}

/** a / b, and 0 where b is 0: both are sums of magnitudes there. */
function divideOrZero(g: GraphBuilder, a: Value, b: Value): Value {
  const isZero = g.equal(b, g.scalarLike(b, 0))
  const zero = g.scalarLike(a, 0)
  return g.where(isZero, zero, g.div(a, g.where(isZero, g.scalarLike(b, 1), b)))
}

/** d|x| / dx = (x + x') / (|x| + |x'|). */
function slopeOfMagnitude(g: GraphBuilder, { x, x0 }: Pair): Value {
  return divideOrZero(g, g.add(x, x0), g.add(g.abs(x), g.abs(x0)))
}

export const magnitude: TwoPointRule = ({ g, inputs, cotangent, atBaseline }) => {
  const [x] = inputs
  const [x0] = atBaseline.inputs
  return [x && x0 ? g.mul(cotangent, slopeOfMagnitude(g, { x, x0 })) : null]
}

interface Reduced extends Pair {
  readonly g: GraphBuilder
  /** The reduction at both points and the multiplier, with the reduced axes kept as size 1. */
  readonly y: Value
  readonly y0: Value
  readonly cotangent: Value
}

function reduction(rule: (reduced: Reduced) => Value): TwoPointRule {
  return (context: TwoPointContext) => {
    const { g, node, inputs, y, attributes, cotangent, atBaseline } = context
    const [x, axesInput = null] = inputs
    const [x0] = atBaseline.inputs
    if (!x || !x0) return inputs.map(() => null)
    const axes = reductionAxes(g, node, attributes, x, axesInput)
    const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const own = (value: Value) => g.reshape(value, kept)
    const reduced = { g, x, x0, y: own(y), y0: own(atBaseline.y), cotangent: own(cotangent) }
    return [g.expand(rule(reduced), x.dims), ...inputs.slice(1).map(() => null)]
  }
}

/** n = sum |x|. */
export const reduceL1 = reduction(({ g, x, x0, cotangent }) =>
  g.mul(cotangent, slopeOfMagnitude(g, { x, x0 })),
)

/** n = sqrt(sum x^2): dn = sum (x + x') dx / (n + n'). */
export const reduceL2 = reduction(({ g, x, x0, y, y0, cotangent }) =>
  g.mul(divideOrZero(g, cotangent, g.add(y, y0)), g.add(x, x0)),
)

/** y = log S: dy / dS, and S is linear. */
export const reduceLogSum = reduction(({ g, y, y0, cotangent }) => {
  const sum = g.exp(y)
  const change = g.mul(cotangent, g.sub(y, y0))
  return quotient(g, change, g.sub(sum, g.exp(y0)), g.div(cotangent, sum))
})

/** y = sum x^2: dy = sum (x + x') dx. */
export const reduceSumSquare = reduction(({ g, x, x0, cotangent }) =>
  g.mul(cotangent, g.add(x, x0)),
)

/** y = x / n along one axis: dy = dx mean(1/n) + mean(x) d(1/n), d(1/n) = -dn / (n n'). */
export const lpNormalization: TwoPointRule = ({ g, inputs, attributes, cotangent, atBaseline }) => {
  const [x] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0) return [null]
  const axes = [attributes.int('axis', -1)]
  const isL1 = attributes.int('p', 2) === 1
  const norm = (value: Value) =>
    isL1 ? g.reduceSum(g.abs(value), axes) : g.sqrt(g.reduceSum(square(g, value), axes))
  const [n, n0] = [norm(x), norm(x0)]
  const one = g.scalarLike(x, 1)
  const [inverse, inverse0] = [divideOrZero(g, one, n), divideOrZero(g, one, n0)]
  const perElement = isL1
    ? slopeOfMagnitude(g, { x, x0 })
    : divideOrZero(g, g.add(x, x0), g.add(n, n0))
  const inner = g.reduceSum(g.mul(cotangent, average(g, x, x0)), axes)
  const perNorm = g.neg(g.mul(inner, g.mul(inverse, inverse0)))
  return [g.add(g.mul(cotangent, average(g, inverse, inverse0)), g.mul(perNorm, perElement))]
}
