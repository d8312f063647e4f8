/** @file Positive and negative parts, squares and ones: computed here where the numbers are known. */

import { readFloats } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'

/** max(v, 0) */
export function positivePart(g: GraphBuilder, value: Value): Value {
  return mapped(g, value, (v) => Math.max(v, 0)) ?? g.relu(value)
}

/** min(v, 0) */
export function negativePart(g: GraphBuilder, value: Value): Value {
  return mapped(g, value, (v) => Math.min(v, 0)) ?? g.min(value, g.scalarLike(value, 0))
}

export function squared(g: GraphBuilder, value: Value): Value {
  return mapped(g, value, (v) => v * v) ?? g.mul(value, value)
}

export function onesLike(g: GraphBuilder, value: Value): Value {
  return mapped(g, value, () => 1) ?? g.expand(g.scalar(1, value.dtype), value.dims)
}

/** W + gamma * part(W): the weights that the gamma rule favours. */
export function favoured(g: GraphBuilder, w: Value, gamma: number, sign: 1 | -1): Value {
  const boost = (v: number) => (v * sign > 0 ? v * (1 + gamma) : v)
  const part = sign > 0 ? positivePart : negativePart
  return mapped(g, w, boost) ?? g.add(w, g.scale(part(g, w), gamma))
}

/** Whether a value is known to hold nothing but zeros. */
export function isZero(g: GraphBuilder, value: Value): boolean {
  const known = g.constantOf(value)
  return known?.dtype === 'float32' && readFloats(known).every((v) => v === 0)
}

function mapped(g: GraphBuilder, value: Value, change: (v: number) => number): Value | null {
  const known = g.constantOf(value)
  if (known?.dtype !== 'float32') return null
  return g.numbers(known.dims, readFloats(known).map(change))
}
