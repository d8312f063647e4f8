/** @file The adjoint of a strided depthwise convolution in the runtime's blocked layout. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { sizeAt } from '../../onnx/shape-arithmetic.ts'
import { ALIGNMENT } from './blocked-layout.ts'
import { emitConv } from './emit-conv.ts'
import { planPhases } from './phase-plan.ts'
import { phaseWeights } from './phase-weights.ts'
import type { ProviderTraits } from './provider-traits.ts'
import type { TransposedConv } from './transposed-conv.ts'

/**
 * One filter per channel, two spatial axes. The phases of such a convolution are several filters per
 * channel, which the runtime runs in the plain layout, slowly; the full grid with zeros between the
 * cotangents has more products and takes half the time.
 */
export function isSpreadDepthwise(
  traits: ProviderTraits,
  { w, group, strides }: TransposedConv,
): boolean {
  const isDepthwise = sizeAt(w.dims, 0) === group && sizeAt(w.dims, 1) === 1
  const isStrided = strides.some((stride) => stride > 1) && strides.every((stride) => stride <= 2)
  return (
    traits.blockedLayout &&
    w.dims.length === 4 &&
    group % ALIGNMENT === 0 &&
    isDepthwise &&
    isStrided
  )
}

/** (N, C, inputSizes): cotangent o at stride * o of a grid of zeros, then a stride-1 convolution. */
export function emitSpreadDepthwise(
  g: GraphBuilder,
  traits: ProviderTraits,
  { cotangent, w, strides, dilations, padsBegin, group, inputSizes, scale }: TransposedConv,
): Value {
  const [batch = 1, channels = 1, ...outputs] = cotangent.dims
  // Whole multiples of the stride where they fit: rows of odd length are slow to copy into blocks.
  const least = outputs.map((size, axis) => (size - 1) * sizeAt(strides, axis) + 1)
  const extra = least.map((size, axis) => {
    const room = sizeAt(padsBegin, axis) + sizeAt(inputSizes, axis) - size
    return Math.max(0, Math.min(sizeAt(strides, axis) - 1, room))
  })
  const grown = least.map((size, axis) => size + sizeAt(extra, axis))
  const rows = g.reshape(cotangent, [batch * channels, 1, ...outputs])
  const one = g.numbers([1, 1, 1, 1], [1], cotangent.dtype)
  const spread = g.node('ConvTranspose', [rows, one], [batch * channels, 1, ...grown], {
    strides,
    output_padding: extra,
  })
  const plans = inputSizes.map((inputSize, axis) =>
    planPhases({
      kernel: sizeAt(w.dims, axis + 2),
      stride: 1,
      dilation: sizeAt(dilations, axis),
      padBegin: sizeAt(padsBegin, axis),
      inputSize,
      outputSize: sizeAt(grown, axis),
    }),
  )
  const grid = g.reshape(spread, [batch, channels, ...grown])
  return emitConv(g, traits, grid, phaseWeights(g, w, group, plans, scale ?? null), null, {
    strides: plans.map(() => 1),
    dilations: plans.map((plan) => plan.dilation),
    padsBegin: plans.map((plan) => plan.padBegin),
    padsEnd: plans.map((plan) => plan.padEnd),
    group,
  })
}
