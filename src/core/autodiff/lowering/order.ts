/** @file Fixes the order in which the runtime computes things, where it decides how much is held at once. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { DType, Value } from '../../onnx/ir.ts'
import { product } from '../../onnx/shape-arithmetic.ts'
import type { ProviderTraits } from './provider-traits.ts'

/** Elements from which on an array is worth the four small nodes that keep it from being held. */
const LARGE = 2 ** 16

export function isWorthOrdering(traits: ProviderTraits, { dims }: Value): boolean {
  return traits.heedsOrder && product(dims) >= LARGE
}

/**
 * 1 (true for bool), in a form that the runtime can only compute when `trigger` is there: the runtime
 * visits a graph depth first, so whatever has this among its inputs waits. One element is read. The
 * result has at most `rank` axes, all of size 1.
 */
export function oneAfter(g: GraphBuilder, trigger: Value, dtype: DType, rank = 0): Value {
  const axes = trigger.dims.map((_, axis) => axis)
  const first = g.slice(trigger, {
    axes,
    starts: axes.map(() => 0),
    ends: axes.map(() => 1),
  })
  const alone = axes.length > rank ? g.reshape(first, []) : first
  return g.cast(g.or(g.cast(alone, 'bool'), g.scalar(1, 'bool')), dtype)
}

/**
 * A mask as 1 and 0 in floats, not before `trigger` is there: until then it is one byte a number. It is
 * emitted last, so that the runtime computes it first and lets go of what it is read from.
 */
export function floatsAfter(g: GraphBuilder, trigger: Value, emitMask: () => Value): Value {
  const one = oneAfter(g, trigger, 'bool', trigger.dims.length)
  return g.cast(g.and(emitMask(), one), trigger.dtype)
}
