/** @file DeepLIFT's rules for the softmax and its relatives: exact, and without differences that cancel. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { reductionAxes } from '../vjp/known-integers.ts'
import { fromNumber, plusNumber } from '../vjp/slope.ts'
import type { TwoPointRule } from './two-point.ts'

/** Masked scores are -infinity at both points: their difference would be no number. */
const LOWEST = -1e30

/** (1 - exp(-u)) / u for u >= 0, by its series below 0.1. */
function relativeDecay(g: GraphBuilder, u: Value): Value {
  const coefficients = [1, -1 / 2, 1 / 6, -1 / 24, 1 / 120]
  const series = coefficients.reduceRight(
    (sum: Value | undefined, c) =>
      sum ? plusNumber(g, g.mul(sum, u), c) : g.expand(g.scalarLike(u, c), u.dims),
    undefined,
  )
  const direct = g.div(fromNumber(g, 1, g.exp(g.neg(u))), u)
  return g.where(g.less(u, g.scalarLike(u, 0.1)), series ?? direct, direct)
}

/** (exp(a) - exp(b)) / (a - b), exp(a) where a = b. */
function slopeOfExp(g: GraphBuilder, a: Value, b: Value): Value {
  return g.mul(g.exp(g.max(a, b)), relativeDecay(g, g.abs(g.sub(a, b))))
}

interface LogSum {
  /** log sum exp over the axes, at the input and at the baseline; axes kept as size 1. */
  readonly at: Value
  readonly atBaseline: Value
  /** d(log sum exp) = sum of shares * dx. */
  readonly shares: Value
}

/**
 * S = sum of exp(x - top), top the larger of the two log sums: d log S = (d log S / dS) * sum of
 * (dexp / dx) * dx. The first quotient is d / (1 - exp(-d)) for d = |d log S|.
 */
function logSum(g: GraphBuilder, x: Value, x0: Value, axes: readonly number[]): LogSum {
  const total = (value: Value) => {
    const high = g.reduceMax(value, axes)
    return g.add(high, g.log(g.reduceSum(g.exp(g.sub(value, high)), axes)))
  }
  const at = total(x)
  const atBaseline = total(x0)
  const top = g.max(at, atBaseline)
  const decay = relativeDecay(g, g.abs(g.sub(at, atBaseline)))
  const shares = g.div(slopeOfExp(g, g.sub(x, top), g.sub(x0, top)), decay)
  return { at, atBaseline, shares }
}

function bounded(g: GraphBuilder, x: Value): Value {
  return g.max(x, g.scalarLike(x, LOWEST))
}

/** y = x - log sum exp x: h - shares * sum(h). */
export const logSoftmax: TwoPointRule = (context) => {
  const { g, inputs, attributes, cotangent, atBaseline } = context
  const [x] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0) return [null]
  const axes = [attributes.int('axis', -1)]
  const { shares } = logSum(g, bounded(g, x), bounded(g, x0), axes)
  return [g.sub(cotangent, g.mul(shares, g.reduceSum(cotangent, axes)))]
}

/** y = exp(log softmax x): first dy / d(log y), then as above. */
export const softmax: TwoPointRule = ({ g, inputs, attributes, cotangent, atBaseline }) => {
  const [x] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0) return [null]
  const axes = [attributes.int('axis', -1)]
  const here = bounded(g, x)
  const there = bounded(g, x0)
  const sum = logSum(g, here, there, axes)
  const perLog = slopeOfExp(g, g.sub(here, sum.at), g.sub(there, sum.atBaseline))
  const h = g.mul(cotangent, perLog)
  return [g.sub(h, g.mul(sum.shares, g.reduceSum(h, axes)))]
}

export const reduceLogSumExp: TwoPointRule = (context) => {
  const { g, node, inputs, attributes, cotangent, atBaseline } = context
  const [x, axesInput = null] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0) return inputs.map(() => null)
  const axes = reductionAxes(g, node, attributes, x, axesInput)
  const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const { shares } = logSum(g, bounded(g, x), bounded(g, x0), axes)
  return [g.mul(g.reshape(cotangent, kept), shares), ...inputs.slice(1).map(() => null)]
}
