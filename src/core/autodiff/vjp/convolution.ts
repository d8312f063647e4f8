/** @file VJP rules of Conv and ConvTranspose: each is the other's adjoint. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { enterBlocks } from '../lowering/blocked-layout.ts'
import { convGeometry, convTransposeGeometry } from '../lowering/conv-geometry.ts'
import { type ConvGeometry, emitConv } from '../lowering/emit-conv.ts'
import type { ProviderTraits } from '../lowering/provider-traits.ts'
import { emitTransposedConv } from '../lowering/transposed-conv.ts'
import { defineVjp } from '../rule.ts'
import { splitChannelScale } from './channel-scale.ts'

/** y = W * x + b (1 to 3 spatial axes, any stride, dilation, group and padding). */
export const conv = defineVjp(
  'Conv',
  ['x', 'weights', 'bias?'],
  ({ g, traits, node, inputs: [x, w], y, needs, cotangent }) => {
    const geometry = convGeometry(node, x, w, y)
    const { value, scale } = splitChannelScale(g, cotangent)
    return [
      needs[0]
        ? enterBlocks(
            g,
            traits,
            x,
            emitTransposedConv(g, traits, {
              ...geometry,
              cotangent: value,
              scale,
              w,
              inputSizes: x.dims.slice(2),
            }),
          )
        : null,
      needs[1] ? weightGradient(g, traits, x, cotangent, w.dims, geometry) : null,
      needs[2] ? sumPerChannel(g, cotangent) : null,
    ]
  },
)

/** y = the adjoint of a convolution, so its own adjoint is that convolution. */
export const convTranspose = defineVjp(
  'ConvTranspose',
  ['x', 'weights', 'bias?'],
  ({ g, traits, node, inputs: [x, w], y, needs, cotangent }) => {
    const geometry = convTransposeGeometry(node, x, w, y)
    return [
      needs[0] ? emitConv(g, traits, cotangent, w, null, geometry) : null,
      // The roles of input and cotangent swap.
      needs[1] ? weightGradient(g, traits, cotangent, x, w.dims, geometry) : null,
      needs[2] ? sumPerChannel(g, cotangent) : null,
    ]
  },
)

function sumPerChannel(g: GraphBuilder, cotangent: Value): Value {
  const axes = range(0, cotangent.dims.length).filter((axis) => axis !== 1)
  return g.reduceSum(cotangent, axes, { keepDims: false })
}

/**
 * dW[o, i, k] = sum over n and positions of dy[n, o, q] x[n, i, s*q + d*k - p]: a convolution with
 * batch and channels exchanged, and stride and dilation exchanged.
 */
function weightGradient(
  g: GraphBuilder,
  traits: ProviderTraits,
  x: Value,
  dy: Value,
  weightDims: readonly number[],
  { strides, dilations, padsBegin, group }: ConvGeometry,
): Value {
  const swap = [1, 0, ...range(2, x.dims.length)]
  const part = (value: Value, index: number) => {
    const size = sizeAt(value.dims, 1) / group
    return g.slice(value, { axes: [1], starts: [index * size], ends: [(index + 1) * size] })
  }
  const kernel = weightDims.slice(2)
  // The end padding makes the result exactly as large as the kernel.
  const padsEnd = kernel.map((size, axis) => {
    const reach = (size - 1) * sizeAt(dilations, axis)
    const extent = (sizeAt(dy.dims, axis + 2) - 1) * sizeAt(strides, axis) + 1
    return reach + extent - sizeAt(x.dims, axis + 2) - sizeAt(padsBegin, axis)
  })
  const parts = range(0, group).map((index) => {
    const input = g.transpose(part(x, index), swap)
    const filter = g.transpose(part(dy, index), swap)
    const gradient = emitConv(g, traits, input, filter, null, {
      strides: dilations,
      dilations: strides,
      padsBegin,
      padsEnd,
      group: 1,
    })
    return g.transpose(gradient, swap)
  })
  const whole = g.concat(parts, 0)
  return product(whole.dims) === product(weightDims) ? g.reshape(whole, weightDims) : whole
}
