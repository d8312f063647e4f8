/** @file Emits Conv in the form that the provider runs. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { ProviderTraits } from './provider-traits.ts'

/** One entry per spatial axis; padding may be negative, which crops. */
export interface ConvGeometry {
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padsBegin: readonly number[]
  readonly padsEnd: readonly number[]
  readonly group: number
}

/** `x` is (N, Cin, spatial), `w` (Cout, Cin / group, kernel). */
export function emitConv(
  g: GraphBuilder,
  traits: ProviderTraits,
  x: Value,
  w: Value,
  bias: Value | null,
  geometry: ConvGeometry,
): Value {
  const spatial = w.dims.length - 2
  const cropped = g.pad(
    x,
    [0, 0, ...geometry.padsBegin.map((pad) => Math.min(0, pad))],
    [0, 0, ...geometry.padsEnd.map((pad) => Math.min(0, pad))],
  )
  const padsBegin = geometry.padsBegin.map((pad) => Math.max(0, pad))
  const padsEnd = geometry.padsEnd.map((pad) => Math.max(0, pad))
  const { strides, dilations, group } = geometry
  if (group > 1 && spatial === 3 && !traits.groupedConv3d) {
    return emitConvPerGroup(g, traits, cropped, w, bias, { ...geometry, padsBegin, padsEnd })
  }
  const sizes = range(0, spatial).map((axis) => {
    const extent = (sizeAt(w.dims, axis + 2) - 1) * sizeAt(dilations, axis) + 1
    const padded = sizeAt(cropped.dims, axis + 2) + sizeAt(padsBegin, axis) + sizeAt(padsEnd, axis)
    return Math.floor((padded - extent) / sizeAt(strides, axis)) + 1
  })
  const dims = [sizeAt(x.dims, 0), sizeAt(w.dims, 0), ...sizes]
  return g.node('Conv', bias ? [cropped, w, bias] : [cropped, w], dims, {
    kernel_shape: w.dims.slice(2),
    strides,
    dilations,
    pads: [...padsBegin, ...padsEnd],
    group,
  })
}

function emitConvPerGroup(
  g: GraphBuilder,
  traits: ProviderTraits,
  x: Value,
  w: Value,
  bias: Value | null,
  geometry: ConvGeometry,
): Value {
  const { group } = geometry
  const part = (value: Value, axis: number, index: number) => {
    const size = sizeAt(value.dims, axis) / group
    return g.slice(value, { axes: [axis], starts: [index * size], ends: [(index + 1) * size] })
  }
  const outputs = range(0, group).map((index) =>
    emitConv(g, traits, part(x, 1, index), part(w, 0, index), bias && part(bias, 0, index), {
      ...geometry,
      group: 1,
    }),
  )
  return g.concat(outputs, 1)
}
