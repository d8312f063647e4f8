/** @file Positive and negative parts, squares and ones: computed here where the numbers are known. */

import { readFloats } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'

/** What a rule takes of a layer's weights; `favour` is W + gamma * part(W), of the part of that sign. */
export type WeightPart =
  | { readonly kind: 'favour'; readonly gamma: number; readonly sign: -1 | 1 }
  | { readonly kind: 'negative' | 'ones' | 'positive' | 'squares' | 'whole' }

export const WHOLE: WeightPart = { kind: 'whole' }
export const POSITIVE: WeightPart = { kind: 'positive' }
export const NEGATIVE: WeightPart = { kind: 'negative' }
export const SQUARES: WeightPart = { kind: 'squares' }
export const ONES: WeightPart = { kind: 'ones' }

/** Large constants are not compared with each other, so that parts are made once per weight here. */
const made = new WeakMap<GraphBuilder, Map<string, Value>>()

/** part(W); the same value whenever it is asked for. */
export function weightPart(g: GraphBuilder, w: Value, part: WeightPart): Value {
  if (part.kind === 'whole') return w
  const known = made.get(g) ?? new Map<string, Value>()
  made.set(g, known)
  const key = JSON.stringify([w.name, keyOfPart(part)])
  const value = known.get(key) ?? makePart(g, w, part)
  known.set(key, value)
  return value
}

export function keyOfPart(part: WeightPart): string {
  return part.kind === 'favour' ? `favour ${part.gamma} ${part.sign}` : part.kind
}

/**
 * How the part of s W is made of parts of W, for factors s: part(s W) = f(s) * of(W), where all f
 * but those of `ones` and `squares` are the positive or the negative part of s.
 */
export function partsOfScaled(
  part: WeightPart,
): readonly { readonly of: WeightPart; factor(s: number): number }[] {
  switch (part.kind) {
    case 'ones':
      return [{ of: part, factor: () => 1 }]
    case 'squares':
      return [{ of: part, factor: (s) => s * s }]
    case 'whole':
      return [{ of: part, factor: (s) => s }]
    default:
      return [
        { of: part, factor: (s) => Math.max(s, 0) },
        { of: mirrored(part), factor: (s) => Math.min(s, 0) },
      ]
  }
}

/** The part of W that is the negative of this part of -W. */
function mirrored(part: WeightPart): WeightPart {
  if (part.kind === 'positive') return NEGATIVE
  if (part.kind === 'negative') return POSITIVE
  return part.kind === 'favour' ? { ...part, sign: part.sign === 1 ? -1 : 1 } : part
}

function makePart(g: GraphBuilder, w: Value, part: WeightPart): Value {
  switch (part.kind) {
    case 'whole':
      return w
    case 'positive':
      return positivePart(g, w)
    case 'negative':
      return negativePart(g, w)
    case 'squares':
      return squared(g, w)
    case 'ones':
      return mapped(g, w, () => 1) ?? g.expand(g.scalar(1, w.dtype), w.dims)
    case 'favour': {
      const { gamma, sign } = part
      const own = sign > 0 ? positivePart : negativePart
      const boost = (v: number) => (v * sign > 0 ? v * (1 + gamma) : v)
      return mapped(g, w, boost) ?? g.add(w, g.scale(own(g, w), gamma))
    }
  }
}

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
