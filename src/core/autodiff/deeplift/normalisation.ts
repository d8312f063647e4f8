/** @file DeepLIFT's rules for normalisation layers: their formula, part by part, exact at both points. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { normaliseAxis, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { MVN_EPSILON, windowSum } from '../vjp/normalisation.ts'
import { plusNumber, square } from '../vjp/slope.ts'
import { average, quotient, type TwoPointRule } from './two-point.ts'

interface Normalisation {
  readonly x: Value
  readonly x0: Value
  readonly axes: readonly number[]
  readonly epsilon: number
}

/**
 * c = x - mean(x), v = mean(c^2), r = (v + epsilon)^(-1/2), y = c r. Backwards from the multiplier h of y:
 * c gets h * mean(r), r gets the sum of h * mean(c), v gets that times dr / dv = -1 / (d d' (d + d')) with
 * d = 1 / r, and c gets (c + c') / n of it; the mean is taken off at last.
 */
function normalised(g: GraphBuilder, h: Value, { x, x0, axes, epsilon }: Normalisation): Value {
  const at = (value: Value) => {
    const centred = g.sub(value, g.reduceMean(value, axes))
    const variance = g.reduceMean(square(g, centred), axes)
    return { centred, deviation: g.sqrt(plusNumber(g, variance, epsilon)) }
  }
  const { centred: c, deviation: d } = at(x)
  const { centred: c0, deviation: d0 } = at(x0)
  const meanC = average(g, c, c0)
  const meanR = average(g, g.reciprocal(d), g.reciprocal(d0))
  // (c + c') / n of the sum over n elements: twice the mean of c times the mean over the elements.
  const perDeviation = g.mul(g.mul(d, d0), g.add(d, d0))
  const share = g.scale(g.div(g.reduceMean(g.mul(h, meanC), axes), perDeviation), 2)
  const perCentred = g.sub(g.mul(h, meanR), g.mul(share, meanC))
  return g.sub(perCentred, g.reduceMean(perCentred, axes))
}

function perChannel(g: GraphBuilder, x: Value, factor: Value): Value {
  return g.reshape(
    factor,
    x.dims.map((_, axis) => (axis === 1 ? sizeAt(factor.dims, 0) : 1)),
  )
}

const nothing = (inputs: readonly unknown[]) => inputs.map(() => null)

/** Groups of channels are normalised together; scale per channel or per group. */
export const groupNormalization: TwoPointRule = (context) => {
  const { g, inputs, attributes, cotangent, atBaseline } = context
  const [x, scale] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0 || !scale) return nothing(inputs)
  const [batch = 1, channels = 1, ...spatial] = x.dims
  const groups = attributes.int('num_groups', 1)
  const own = channels / groups
  const grouped = [batch, groups, own, ...spatial]
  const isPerGroup = sizeAt(scale.dims, 0) === groups && groups !== channels
  const scaleDims = [1, groups, isPerGroup ? 1 : own, ...spatial.map(() => 1)]
  const h = g.mul(g.reshape(cotangent, grouped), g.reshape(scale, scaleDims))
  const map = normalised(g, h, {
    x: g.reshape(x, grouped),
    x0: g.reshape(x0, grouped),
    axes: range(2, grouped.length),
    epsilon: attributes.float('epsilon', 1e-5),
  })
  return [g.reshape(map, x.dims), null, null]
}

export const instanceNormalization: TwoPointRule = (context) => {
  const { g, inputs, attributes, cotangent, atBaseline } = context
  const [x, scale] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0 || !scale) return nothing(inputs)
  const axes = range(2, x.dims.length)
  const epsilon = attributes.float('epsilon', 1e-5)
  const h = g.mul(cotangent, perChannel(g, x, scale))
  return [normalised(g, h, { x, x0, axes, epsilon }), null, null]
}

export const layerNormalization: TwoPointRule = (context) => {
  const { g, inputs, attributes, cotangent, atBaseline } = context
  const [x, scale] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0 || !scale) return nothing(inputs)
  const rank = x.dims.length
  const axes = range(normaliseAxis(attributes.int('axis', -1), rank), rank)
  const epsilon = attributes.float('epsilon', 1e-5)
  const map = normalised(g, g.mul(cotangent, scale), { x, x0, axes, epsilon })
  return [map, ...nothing(inputs.slice(1))]
}

export const meanVarianceNormalization: TwoPointRule = (context) => {
  const { g, inputs, attributes, cotangent, atBaseline } = context
  const [x] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0) return nothing(inputs)
  const given = attributes.ints('axes') ?? [0, 2, 3]
  const axes = given.map((axis) => normaliseAxis(axis, x.dims.length))
  return [normalised(g, cotangent, { x, x0, axes, epsilon: MVN_EPSILON })]
}

/** y = scale x / d, d^2 = mean(x^2) + epsilon: as `normalised`, without taking the mean off. */
export const rmsNormalization: TwoPointRule = (context) => {
  const { g, inputs, attributes, cotangent, atBaseline } = context
  const [x, scale] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0 || !scale) return nothing(inputs)
  const rank = x.dims.length
  const axes = range(normaliseAxis(attributes.int('axis', -1), rank), rank)
  const epsilon = attributes.float('epsilon', 1e-5)
  const deviation = (value: Value) =>
    g.sqrt(plusNumber(g, g.reduceMean(square(g, value), axes), epsilon))
  const [d, d0] = [deviation(x), deviation(x0)]
  const h = g.mul(cotangent, scale)
  const meanX = average(g, x, x0)
  const meanR = average(g, g.reciprocal(d), g.reciprocal(d0))
  const perDeviation = g.mul(g.mul(d, d0), g.add(d, d0))
  const share = g.scale(g.div(g.reduceMean(g.mul(h, meanX), axes), perDeviation), 2)
  return [g.sub(g.mul(h, meanR), g.mul(share, meanX)), null]
}

/**
 * y = x q, q = base^-beta, base = bias + alpha / size * sum of squares over neighbouring channels:
 * product rule, dq / dbase, then x + x' for the square.
 */
export const lrn: TwoPointRule = ({ g, inputs, attributes, cotangent, atBaseline }) => {
  const [x] = inputs
  const [x0] = atBaseline.inputs
  if (!x || !x0) return [null]
  const size = attributes.int('size', 1)
  const ratio = attributes.float('alpha', 1e-4) / size
  const beta = attributes.float('beta', 0.75)
  const before = Math.floor((size - 1) / 2)
  const after = size - 1 - before
  const at = (value: Value) => {
    const sum = g.scale(windowSum(g, square(g, value), before, after), ratio)
    const base = plusNumber(g, sum, attributes.float('bias', 1))
    return { base, q: g.pow(base, g.scalarLike(base, -beta)) }
  }
  const [here, there] = [at(x), at(x0)]
  const slope = g.scale(g.div(here.q, here.base), -beta)
  const change = g.sub(here.base, there.base)
  const perBase = quotient(g, g.sub(here.q, there.q), change, slope)
  const shared = g.mul(g.mul(cotangent, average(g, x, x0)), perBase)
  // Channel j is in the window of the channels j - after .. j + before.
  const perSquare = g.scale(windowSum(g, shared, after, before), ratio)
  const direct = g.mul(cotangent, average(g, here.q, there.q))
  return [g.add(direct, g.mul(perSquare, g.add(x, x0)))]
}
