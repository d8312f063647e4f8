/** @file One number per channel beside whole channels, in the runtime's blocked layout. */

import { readFloats } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product } from '../../onnx/shape-arithmetic.ts'
import { emitPerChannel, isBlocked } from './blocked-layout.ts'
import type { ProviderTraits } from './provider-traits.ts'

/** True for (N, C, 1, 1). */
function isOnePerChannel({ dims }: Value): boolean {
  return dims.length === 4 && dims[2] === 1 && dims[3] === 1
}

/**
 * True where `gate` (N, C, 1, 1) scales the channels of `x` (N, C, H, W), both in blocks, and so is the
 * product's cotangent. A product of two shapes leaves the layout; a nearest Resize of the gate does not.
 */
export function isChannelGate(
  g: GraphBuilder,
  traits: ProviderTraits,
  { x, gate, cotangent }: { readonly x: Value; readonly gate: Value; readonly cotangent: Value },
): boolean {
  const [batch, channels] = x.dims
  return (
    x.dims.length === 4 &&
    isOnePerChannel(gate) &&
    !isOnePerChannel(x) &&
    gate.dims[0] === batch &&
    gate.dims[1] === channels &&
    [x, gate, cotangent].every((value) => isBlocked(g, traits, value))
  )
}

/** (N, C, 1, 1) -> (N, C, H, W): every position holds its channel's number. */
export function emitSpread(g: GraphBuilder, value: Value, like: Value): Value {
  const [, , height = 1, width = 1] = like.dims
  const scales = g.numbers([4], [1, 1, height, width])
  return g.node('Resize', [value, null, scales], like.dims, {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
}

/** (N, C, H, W) -> (N, C, 1, 1): the sum over positions. */
export function emitChannelSum(g: GraphBuilder, value: Value): Value {
  const [batch = 1, channels = 1, ...sizes] = value.dims
  const mean = g.node('GlobalAveragePool', [value], [batch, channels, 1, 1])
  return emitScaled(g, mean, product(sizes))
}

/**
 * A value times a number: of (N, C, 1, 1) by the convolution that made it, where its weights are known and it
 * has no bias, else by one weight per channel (`emitPerChannel`). A map's own is left alone: others may read
 * it, and it would run twice.
 */
export function emitScaled(g: GraphBuilder, value: Value, factor: number): Value {
  const made = g.producerOf(value)
  const [x, weights, bias] = (made?.inputs ?? []).map((name) => g.find(name))
  const known = weights && g.constantOf(weights)
  if (isOnePerChannel(value) && made?.op === 'Conv' && x && known?.dtype === 'float32' && !bias) {
    const scaled = readFloats(known).map((weight) => weight * factor)
    return g.node('Conv', [x, g.numbers(known.dims, scaled)], value.dims, made.attributes)
  }
  return emitPerChannel(g, value, factor)
}
