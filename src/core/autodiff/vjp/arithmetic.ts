/** @file VJP rules of arithmetic with broadcasting (the driver sums the broadcast axes back). */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { emitChannelSum, emitSpread, isChannelGate } from '../lowering/channel-gates.ts'
import { defineVariadicVjp, defineVjp, type VjpRule } from '../rule.ts'
import { gate, plusNumber } from './slope.ts'

export const add = defineVjp('Add', ['a', 'b'], ({ cotangent }) => [cotangent, cotangent])

export const div = defineVjp('Div', ['a', 'b'], ({ g, inputs: [, b], y, needs, cotangent }) => {
  const quotient = g.div(cotangent, b)
  return [needs[0] ? quotient : null, needs[1] ? g.neg(g.mul(quotient, y)) : null]
})

/** Ties share the cotangent evenly, as in PyTorch's maximum and amax. */
function defineExtremum(op: string): VjpRule {
  return defineVariadicVjp(op, ({ g, inputs, y, needs, cotangent }) => {
    if (inputs.length === 1) return [cotangent]
    const wins = inputs.map((x) => g.cast(g.equal(x, y), cotangent.dtype))
    const winners = wins.reduce((sum, win) => g.add(sum, win))
    const share = g.div(cotangent, winners)
    return wins.map((win, index) => (needs[index] ? g.mul(share, win) : null))
  })
}

export const max = defineExtremum('Max')

export const mean = defineVariadicVjp('Mean', ({ g, inputs, cotangent }) =>
  inputs.map(() => g.scale(cotangent, 1 / inputs.length)),
)

export const min = defineExtremum('Min')

/** a - b trunc(a / b) (fmod, the only form for floats): slope 1, and -trunc(a / b) for b. */
export const mod = defineVjp('Mod', ['a', 'b'], ({ g, inputs: [a, b], needs, cotangent }) => {
  const quotient = g.div(a, b)
  const whole = g.mul(g.sign(quotient), g.node('Floor', [g.abs(quotient)], quotient.dims))
  return [cotangent, needs[1] ? g.neg(g.mul(cotangent, whole)) : null]
})

export const mul = defineVjp(
  'Mul',
  ['a', 'b'],
  ({ g, traits, inputs: [a, b], needs, cotangent }) => {
    if (isChannelGate(g, traits, { x: a, gate: b, cotangent })) {
      return gated(g, a, b, cotangent)
    }
    if (isChannelGate(g, traits, { x: b, gate: a, cotangent })) {
      const [ofB, ofA] = gated(g, b, a, cotangent)
      return [ofA, ofB]
    }
    return [needs[0] ? g.mul(cotangent, b) : null, needs[1] ? g.mul(cotangent, a) : null]
  },
)

/** Of x (N, C, H, W) and its gate (N, C, 1, 1), in the runtime's blocked layout. */
function gated(g: GraphBuilder, x: Value, gate: Value, cotangent: Value): readonly [Value, Value] {
  return [g.mul(cotangent, emitSpread(g, gate, x)), emitChannelSum(g, g.mul(cotangent, x))]
}

/** d/dx = p x^(p-1), which is 0 where p = 0; d/dp = y log x, which is 0 where x = 0 and p >= 0. */
export const pow = defineVjp(
  'Pow',
  ['x', 'exponent'],
  ({ g, inputs: [x, p], y, needs, cotangent }) => [
    needs[0] ? g.mul(cotangent, powerSlope(g, x, p)) : null,
    needs[1] ? g.mul(cotangent, exponentSlope(g, x, p, y)) : null,
  ],
)

function powerSlope(g: GraphBuilder, x: Value, exponent: Value): Value {
  const known = g.scalarOf(exponent)
  if (known === 0) return g.scalarLike(x, 0)
  if (known === 1) return g.scalarLike(x, 1)
  if (known === 2) return g.scale(x, 2)
  if (known !== undefined) return g.scale(g.pow(x, g.scalarLike(x, known - 1)), known)
  const p = g.cast(exponent, x.dtype)
  const slope = g.mul(p, g.pow(x, plusNumber(g, p, -1)))
  const zero = g.scalarLike(x, 0)
  return g.where(g.equal(p, zero), zero, slope)
}

function exponentSlope(g: GraphBuilder, x: Value, exponent: Value, y: Value): Value {
  const zero = g.scalarLike(x, 0)
  const p = g.cast(exponent, x.dtype)
  const flat = g.and(g.equal(x, zero), g.greaterOrEqual(p, zero))
  const safe = g.where(flat, g.scalarLike(x, 1), x)
  return g.cast(gate(g, g.not(flat), g.mul(y, g.log(safe))), exponent.dtype)
}

export const sub = defineVjp('Sub', ['a', 'b'], ({ g, needs, cotangent }) => [
  cotangent,
  needs[1] ? g.neg(cotangent) : null,
])

export const sum = defineVariadicVjp('Sum', ({ inputs, cotangent }) => inputs.map(() => cotangent))

export const where = defineVjp(
  'Where',
  ['condition', 'a', 'b'],
  ({ g, inputs: [condition], needs, cotangent }) => [
    null,
    needs[1] ? gate(g, condition, cotangent) : null,
    needs[2] ? gate(g, g.not(condition), cotangent) : null,
  ],
)
