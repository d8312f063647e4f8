/** @file Looks through a multiplication by one constant per channel, so that weights can absorb it. */

import { readFloats } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { sameDims } from '../../onnx/shape-arithmetic.ts'

/**
 * `value * scale` equals `cotangent`; scale is null when the cotangent was not made by a product
 * with a constant of shape (1, C, 1, ...) (the gradient of BatchNormalization).
 */
export function splitChannelScale(
  g: GraphBuilder,
  cotangent: Value,
): { readonly value: Value; readonly scale: Float32Array | null } {
  const producer = g.producerOf(cotangent)
  if (producer?.op !== 'Mul') return { value: cotangent, scale: null }
  const [value, factor] = producer.inputs.map((name) => g.find(name))
  const constant = factor && g.constantOf(factor)
  const perChannel = cotangent.dims.map((size, axis) => (axis === 1 ? size : 1))
  if (!value || constant?.dtype !== 'float32' || !sameDims(value.dims, cotangent.dims)) {
    return { value: cotangent, scale: null }
  }
  const { dims } = constant
  const aligned = [...new Array<number>(perChannel.length - dims.length).fill(1), ...dims]
  return sameDims(aligned, perChannel)
    ? { value, scale: readFloats(constant) }
    : { value: cotangent, scale: null }
}
