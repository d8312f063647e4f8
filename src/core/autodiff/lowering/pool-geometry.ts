/** @file The geometry of a pooling node, with auto_pad resolved. */

import { Failure } from '../../failure.ts'
import type { Node, Value } from '../../onnx/ir.ts'
import { sizeAt } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import { resolvePads } from './conv-geometry.ts'

/** One entry per spatial axis. */
export interface PoolGeometry {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padsBegin: readonly number[]
  /** As declared: with ceil_mode the last window may reach further. */
  readonly padsEnd: readonly number[]
}

export interface MaxPoolNode {
  readonly x: Value
  readonly y: Value
  readonly cotangent: Value
  readonly geometry: PoolGeometry
}

export function poolGeometry(node: Node, x: Value, y: Value): PoolGeometry {
  const attributes = readAttributes(node)
  const kernel = attributes.ints('kernel_shape')
  if (!kernel) throw new Failure('bad-file', `${node.op} node '${node.name}' has no kernel_shape.`)
  const ones = kernel.map(() => 1)
  const strides = attributes.ints('strides') ?? ones
  const dilations = attributes.ints('dilations') ?? ones
  const totals = kernel.map((size, axis) => {
    const covered = windowReach(
      sizeAt(y.dims, axis + 2),
      size,
      sizeAt(strides, axis),
      sizeAt(dilations, axis),
    )
    return Math.max(0, covered - sizeAt(x.dims, axis + 2))
  })
  return { kernel, strides, dilations, ...resolvePads(attributes, totals) }
}

/** Positions from the first element of the first window to the last of the last. */
export function windowReach(
  windows: number,
  kernel: number,
  stride: number,
  dilation: number,
): number {
  return (windows - 1) * stride + (kernel - 1) * dilation + 1
}

/** How far the last window along a spatial axis reaches beyond the end of `x`; negative where it does not. */
export function overhang(geometry: PoolGeometry, x: Value, y: Value, axis: number): number {
  const { kernel, strides, dilations, padsBegin } = geometry
  const reach = windowReach(
    sizeAt(y.dims, axis + 2),
    sizeAt(kernel, axis),
    sizeAt(strides, axis),
    sizeAt(dilations, axis),
  )
  return reach - sizeAt(padsBegin, axis) - sizeAt(x.dims, axis + 2)
}
