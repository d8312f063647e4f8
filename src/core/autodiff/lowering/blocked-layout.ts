/** @file Forms that the native runtime keeps in the blocked layout of its 2-D convolutions. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { sameDims, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { ProviderTraits } from './provider-traits.ts'

/** Element-wise operators that the layout survives where all inputs are blocked and of one shape. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Add',
  'HardSigmoid',
  'HardSwish',
  'Mul',
  'Relu',
  'Sigmoid',
  'Sum',
  'Tanh',
])
const POOLING: ReadonlySet<string> = new Set(['AveragePool', 'BatchNormalization', 'MaxPool'])
/** The runtime pads other channel counts, but not those. */
const ALIGNMENT = 4
const FARTHEST = 12

/**
 * True where the runtime very likely holds the value in blocks of channels. Any other operator makes
 * it write a plain copy first. What counts comes from convolutions, so it is finite, or infinite
 * numbers are in all of it (docs/decisions/infinite-gradients.md).
 */
export function isBlocked(
  g: GraphBuilder,
  traits: ProviderTraits,
  value: Value,
  reach = FARTHEST,
): boolean {
  if (!traits.blockedLayout || reach === 0) return false
  if (value.dims.length !== 4 || value.dtype !== 'float32') return false
  const producer = g.producerOf(value)
  if (producer?.domain !== '' || sizeAt(value.dims, 1) % ALIGNMENT !== 0) return false
  if (producer.op === 'Conv') return true
  const inputs = producer.inputs.flatMap((name) => g.find(name) ?? [])
  const areBlocked = (values: readonly Value[]) =>
    values.every((input) => isBlocked(g, traits, input, reach - 1))
  if (POOLING.has(producer.op)) return areBlocked(inputs.slice(0, 1))
  if (!ELEMENTWISE.has(producer.op)) return false
  return inputs.every((input) => sameDims(input.dims, value.dims)) && areBlocked(inputs)
}

/** clip(alpha x + beta, 0, 1) */
export function emitRamp(g: GraphBuilder, x: Value, alpha: number, beta: number): Value {
  return g.node('HardSigmoid', [x], x.dims, {
    alpha: { kind: 'float', value: alpha },
    beta: { kind: 'float', value: beta },
  })
}

/** Lifts the smallest normal number above 1. */
const STEEPEST = 2 ** 127

/** 1 where x > 0, else 0, as floats. */
export function emitStep(g: GraphBuilder, x: Value): Value {
  return emitRamp(g, x, STEEPEST, 0)
}

/** A power of 2, so that K (c - x) is exact for float32 near c, and at least 1 for the nearest x < c. */
const STEEP = 2 ** 60

/** 1 where x < c, else 0, as floats. */
export function emitBelow(g: GraphBuilder, x: Value, c: number): Value {
  return emitRamp(g, x, -STEEP, STEEP * c)
}
