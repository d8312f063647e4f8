/** @file VJP rules of MaxPool and AveragePool. */

import { product } from '../../onnx/shape-arithmetic.ts'
import { emitAveragePoolGradient } from '../lowering/average-pool-gradient.ts'
import { emitMaxPoolGradient } from '../lowering/max-pool-gradient.ts'
import { poolGeometry } from '../lowering/pool-geometry.ts'
import { emitTransposedConv } from '../lowering/transposed-conv.ts'
import { defineVjp } from '../rule.ts'
import { lpShare, lpSlope } from './reduction.ts'

/** Spreads over the window, divided by the number of elements that were averaged. */
export const averagePool = defineVjp(
  'AveragePool',
  ['x'],
  ({ g, traits, node, inputs: [x], y, attributes, cotangent }) => [
    emitAveragePoolGradient(g, traits, x, cotangent, {
      ...poolGeometry(node, x, y),
      countsPadding: attributes.int('count_include_pad', 0) !== 0,
    }),
  ],
)

/** y = (sum |x|^p)^(1/p) over every window; a window's share goes back through a sum of the window. */
export const lpPool = defineVjp(
  'LpPool',
  ['x'],
  ({ g, traits, node, inputs: [x], y, attributes, cotangent }) => {
    const p = attributes.int('p', 2)
    const { kernel, strides, dilations, padsBegin } = poolGeometry(node, x, y)
    // One channel at a time: the kernel of ones is then a plain convolution.
    const alone = (dims: readonly number[]) => [product(dims.slice(0, 2)), 1, ...dims.slice(2)]
    const share = g.reshape(lpShare(g, y, p, cotangent), alone(y.dims))
    const ones = new Float32Array(product(kernel)).fill(1)
    const spread = emitTransposedConv(g, traits, {
      cotangent: share,
      w: g.numbers([1, 1, ...kernel], ones, x.dtype),
      strides,
      dilations,
      padsBegin,
      group: 1,
      inputSizes: x.dims.slice(2),
    })
    return [g.mul(lpSlope(g, x, p), g.reshape(spread, x.dims))]
  },
)

/** Goes to the first maximum of every window; windows that overlap add up. */
export const maxPool = defineVjp(
  'MaxPool',
  ['x'],
  ({ g, traits, node, inputs: [x], y, cotangent }) => [
    emitMaxPoolGradient(g, traits, { x, y, cotangent, geometry: poolGeometry(node, x, y) }),
  ],
)

/** Every value returns from the place in the larger array that it was put at. */
export const maxUnpool = defineVjp(
  'MaxUnpool',
  ['x', 'indices', 'outputShape?'],
  ({ g, inputs: [x, indices], cotangent }) => {
    const flat = g.reshape(cotangent, [product(cotangent.dims)])
    return [g.node('Gather', [flat, indices], x.dims, { axis: 0 }), null, null]
  },
)
