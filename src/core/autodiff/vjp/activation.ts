/** @file VJP rules of the element-wise activations: the cotangent times the local slope. */

import { readNumbers } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import {
  emitBelow,
  emitPerChannel,
  emitRamp,
  emitStep,
  isBlocked,
} from '../lowering/blocked-layout.ts'
import { emitScaled } from '../lowering/channel-gates.ts'
import { isMixed } from '../lowering/mixed.ts'
import { floatsAfter, isWorthOrdering } from '../lowering/order.ts'
import type { ProviderTraits } from '../lowering/provider-traits.ts'
import { defineVjp } from '../rule.ts'
import { defineSlope, fromNumber, gate, normalDensity, plusNumber, square } from './slope.ts'

/** Where x > 0, else `otherwise`; read off the output, so that the runtime can still fuse it. */
function whereOutputPositive(g: GraphBuilder, y: Value, cotangent: Value, otherwise: Value): Value {
  return g.where(g.greater(y, g.scalarLike(y, 0)), cotangent, otherwise)
}

/**
 * The cotangent where the mask holds, else the cotangent times `slope`. With slopes in (0, 1] the larger
 * of mask and slope is the factor, in two arrays of floats where a choice takes five in the runtime.
 */
function sloped(
  g: GraphBuilder,
  traits: ProviderTraits,
  cotangent: Value,
  slope: Value,
  emitMask: () => Value,
): Value {
  const known = g.constantOf(slope)
  const isBetween = known && readNumbers(known).every((each) => each > 0 && each <= 1)
  return isBetween && isWorthOrdering(traits, cotangent)
    ? g.mul(cotangent, g.max(floatsAfter(g, cotangent, emitMask), slope))
    : g.where(emitMask(), cotangent, g.mul(cotangent, slope))
}

/** alpha * (exp(x / alpha) - 1) for x <= 0: slope exp(x / alpha). */
export const celu = defineVjp('Celu', ['x'], ({ g, inputs: [x], attributes, cotangent }) => {
  const slope = g.exp(g.scale(x, 1 / attributes.float('alpha', 1)))
  return [whereOutputPositive(g, x, cotangent, g.mul(cotangent, slope))]
})

/** Slope 1 inside the interval, bounds included. */
export const clip = defineVjp(
  'Clip',
  ['x', 'low?', 'high?'],
  ({ g, inputs: [x, low, high], cotangent }) => {
    const above = low ? gate(g, g.greaterOrEqual(x, low), cotangent) : cotangent
    return [high ? gate(g, g.lessOrEqual(x, high), above) : above, null, null]
  },
)

/** alpha * (exp(x) - 1) for x <= 0: slope y + alpha. */
export const elu = defineVjp('Elu', ['x'], ({ g, y, attributes, cotangent }) => [
  whereOutputPositive(
    g,
    y,
    cotangent,
    g.mul(cotangent, plusNumber(g, y, attributes.float('alpha', 1))),
  ),
])

/** x * Phi(x): slope Phi(x) + x * phi(x); or the tanh form of it. */
export const gelu = defineSlope('Gelu', ({ g, inputs: [x], attributes }) => {
  if (attributes.string('approximate', 'none') === 'tanh') return geluTanhSlope(g, x)
  const erf = g.node('Erf', [g.scale(x, Math.SQRT1_2)], x.dims)
  const phi = g.scale(plusNumber(g, erf, 1), 0.5)
  return g.add(phi, g.mul(x, normalDensity(g, x)))
})

/** y = x/2 (1 + tanh u), u = sqrt(2/pi) (x + 0.044715 x^3). */
function geluTanhSlope(g: GraphBuilder, x: Value): Value {
  const root = Math.sqrt(2 / Math.PI)
  const x2 = square(g, x)
  const inner = g.scale(g.mul(x, plusNumber(g, g.scale(x2, 0.044715), 1)), root)
  const t = g.tanh(inner)
  const du = g.scale(plusNumber(g, g.scale(x2, 3 * 0.044715), 1), root)
  const bent = g.mul(g.mul(x, fromNumber(g, 1, square(g, t))), du)
  return g.scale(g.add(plusNumber(g, t, 1), bent), 0.5)
}

/** Slope alpha strictly between the two clamps. */
export const hardSigmoid = defineVjp(
  'HardSigmoid',
  ['x'],
  ({ g, traits, y, attributes, cotangent }) => {
    const alpha = attributes.float('alpha', 0.2)
    if (isBlocked(g, traits, y) && isBlocked(g, traits, cotangent)) {
      const inside = g.mul(emitStep(g, y), emitBelow(g, y, 1))
      return [g.mul(emitScaled(g, cotangent, alpha), inside)]
    }
    const inside = g.and(g.greater(y, g.scalarLike(y, 0)), g.less(y, g.scalarLike(y, 1)))
    return [gate(g, inside, g.scale(cotangent, alpha))]
  },
)

/** x * h, h = clip(x / 6 + 1/2, 0, 1): slope h + x / 6 inside (-3, 3), h elsewhere. */
export const hardSwish = defineSlope('HardSwish', ({ g, traits, inputs: [x] }) => {
  const h = emitRamp(g, x, 1 / 6, 0.5)
  if (traits.blockedLayout && x.dtype === 'float32') {
    // For float32 x^2 < 9 exactly where |x| < 3.
    const isBent = emitBelow(g, square(g, x), 9)
    // The runtime makes the sum in the pass of the convolution.
    if (isBlocked(g, traits, x)) return g.add(emitPerChannel(g, g.mul(x, isBent), 1 / 6), h)
    return g.add(h, g.mul(x, emitRamp(g, isBent, 1 / 6, 0)))
  }
  const isBent = g.cast(g.less(g.abs(x), g.scalarLike(x, 3)), x.dtype)
  return g.add(h, g.mul(g.scale(x, 1 / 6), isBent))
})

/** Slope 1 where x > 0, else alpha; at x = 0 it is alpha. */
export const leakyRelu = defineVjp(
  'LeakyRelu',
  ['x'],
  ({ g, traits, inputs: [x], attributes, cotangent }) => {
    const slope = g.scalarLike(cotangent, attributes.float('alpha', 0.01))
    return [sloped(g, traits, cotangent, slope, () => g.greater(x, g.scalarLike(x, 0)))]
  },
)

/** x * tanh(softplus(x)): slope t + x * (1 - t^2) * sigmoid(x). */
export const mish = defineSlope('Mish', ({ g, inputs: [x] }) => {
  const t = g.tanh(g.node('Softplus', [x], x.dims))
  const bend = g.mul(g.mul(x, fromNumber(g, 1, square(g, t))), g.sigmoid(x))
  return g.add(t, bend)
})

/** Slope 1 where x > 0, else the learnt one; the learnt slope's own derivative is x there. */
export const pRelu = defineVjp(
  'PRelu',
  ['x', 'slope'],
  ({ g, traits, inputs: [x, slope], needs, cotangent }) => {
    const isPositive = () => g.greater(x, g.scalarLike(x, 0))
    const zero = g.scalarLike(cotangent, 0)
    return [
      needs[0] ? sloped(g, traits, cotangent, slope, isPositive) : null,
      needs[1] ? g.where(isPositive(), zero, g.mul(cotangent, x)) : null,
    ]
  },
)

/** Slope 1 where x > 0, else 0; at x = 0 it is 0. */
export const relu = defineVjp('Relu', ['x'], ({ g, traits, y, cotangent }) => {
  const zero = g.scalarLike(y, 0)
  if (isBlocked(g, traits, y) && isBlocked(g, traits, cotangent)) {
    return [g.mul(cotangent, emitStep(g, y))]
  }
  // Two passes and two arrays of floats, where the runtime's Where makes three and holds four.
  if (isWorthOrdering(traits, cotangent) && isMixed(g, cotangent)) {
    return [
      g.mul(
        cotangent,
        floatsAfter(g, cotangent, () => g.greater(y, zero)),
      ),
    ]
  }
  return [whereOutputPositive(g, y, cotangent, zero)]
})

/** gamma * alpha * (exp(x) - 1) for x <= 0: slope y + gamma * alpha; gamma for x > 0. */
export const selu = defineVjp('Selu', ['x'], ({ g, y, attributes, cotangent }) => {
  const alpha = attributes.float('alpha', 1.6732632423543772)
  const gamma = attributes.float('gamma', 1.0507009873554805)
  const negative = g.mul(cotangent, plusNumber(g, y, gamma * alpha))
  return [whereOutputPositive(g, y, g.scale(cotangent, gamma), negative)]
})

/** x - bias above lambd, x + bias below -lambd, 0 between: slope 1 outside. */
export const shrink = defineVjp('Shrink', ['x'], ({ g, inputs: [x], attributes, cotangent }) => {
  const edge = g.scalarLike(x, attributes.float('lambd', 0.5))
  return [gate(g, g.greater(g.abs(x), edge), cotangent)]
})

/** Slope y (1 - y), read off the forward output instead of recomputed. */
export const sigmoid = defineVjp('Sigmoid', ['x'], ({ g, traits, y, cotangent }) => [
  g.mul(g.mul(cotangent, y), isBlocked(g, traits, y) ? emitRamp(g, y, -1, 1) : fromNumber(g, 1, y)),
])

/** log(1 + exp(x)): slope sigmoid(x). */
export const softplus = defineSlope('Softplus', ({ g, inputs: [x] }) => g.sigmoid(x))

/** x / (1 + |x|): slope (1 - |y|)^2. */
export const softsign = defineSlope('Softsign', ({ g, y }) => square(g, fromNumber(g, 1, g.abs(y))))

/** x sigmoid(alpha x): slope s + alpha x s (1 - s). */
export const swish = defineSlope('Swish', ({ g, inputs: [x], attributes }) => {
  const scaled = g.scale(x, attributes.float('alpha', 1))
  const s = g.sigmoid(scaled)
  return g.mul(s, plusNumber(g, g.mul(scaled, fromNumber(g, 1, s)), 1))
})

/** Slope 1 - y^2. */
export const tanh = defineSlope('Tanh', ({ g, y }) => fromNumber(g, 1, square(g, y)))

/** x where x > alpha, else 0. */
export const thresholdedRelu = defineVjp(
  'ThresholdedRelu',
  ['x'],
  ({ g, inputs: [x], attributes, cotangent }) => [
    gate(g, g.greater(x, g.scalarLike(x, attributes.float('alpha', 1))), cotangent),
  ],
)
