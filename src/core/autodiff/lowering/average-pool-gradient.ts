/** @file The adjoint of AveragePool. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { PoolGeometry } from './pool-geometry.ts'
import type { ProviderTraits } from './provider-traits.ts'
import { emitTransposedConv } from './transposed-conv.ts'

export interface AveragePoolGeometry extends PoolGeometry {
  /** count_include_pad: the declared padding counts as elements (what ceil_mode adds does not). */
  readonly countsPadding: boolean
}

/** `x` is (N, C, spatial); the result has its shape. */
export function emitAveragePoolGradient(
  g: GraphBuilder,
  traits: ProviderTraits,
  x: Value,
  cotangent: Value,
  geometry: AveragePoolGeometry,
): Value {
  const { kernel, strides, dilations, padsBegin } = geometry
  const shared = g.mul(cotangent, inverseCounts(g, x, cotangent, geometry))
  const sizes = x.dims.slice(2)
  const rows = product(x.dims.slice(0, 2))
  if (isTiling(sizes, cotangent.dims.slice(2), geometry)) {
    return traits.interleavesByConv && kernel.length < 3
      ? copyBlocks(g, shared, x, kernel)
      : repeatBlocks(g, shared, kernel)
  }
  if (isSliding(geometry)) return slidingSum(g, shared, x, geometry)
  // Channels do not mix: each is a batch row of a one-channel convolution with ones.
  const spread = emitTransposedConv(g, traits, {
    cotangent: g.reshape(shared, [rows, 1, ...cotangent.dims.slice(2)]),
    w: g.numbers([1, 1, ...kernel], new Float32Array(product(kernel)).fill(1), x.dtype),
    strides,
    dilations,
    padsBegin,
    group: 1,
    inputSizes: sizes,
  })
  return g.reshape(spread, x.dims)
}

/** Windows without gaps that start with the input, touch, and cover it exactly. */
function isTiling(
  sizes: readonly number[],
  windows: readonly number[],
  { kernel, strides, dilations, padsBegin }: PoolGeometry,
): boolean {
  return sizes.every((size, axis) => {
    const width = sizeAt(kernel, axis)
    const isWhole = width === 1 || sizeAt(dilations, axis) === 1
    const touches = isWhole && sizeAt(padsBegin, axis) === 0 && sizeAt(strides, axis) === width
    return touches && sizeAt(windows, axis) * width === size
  })
}

/** A transposed convolution with ones, without overlap; every channel is a row of the batch. */
function copyBlocks(g: GraphBuilder, shared: Value, x: Value, kernel: readonly number[]): Value {
  const rows = product(x.dims.slice(0, 2))
  const ones = new Float32Array(product(kernel)).fill(1)
  const args = [
    g.reshape(shared, [rows, 1, ...shared.dims.slice(2)]),
    g.numbers([1, 1, ...kernel], ones, x.dtype),
  ]
  const blocks = g.node('ConvTranspose', args, [rows, 1, ...x.dims.slice(2)], {
    kernel_shape: kernel,
    strides: kernel,
  })
  return g.reshape(blocks, x.dims)
}

/** Windows at every position. */
function isSliding({ kernel, strides, dilations, padsBegin }: PoolGeometry): boolean {
  return (
    strides.every((stride) => stride === 1) &&
    dilations.every((dilation) => dilation === 1) &&
    kernel.every((size, axis) => sizeAt(padsBegin, axis) < size)
  )
}

/** The adjoint of a sliding sum is a sliding sum: a pooling over the padded cotangent. */
function slidingSum(
  g: GraphBuilder,
  shared: Value,
  x: Value,
  { kernel, padsBegin }: PoolGeometry,
): Value {
  const before = kernel.map((size, axis) => size - 1 - sizeAt(padsBegin, axis))
  const after = kernel.map(
    (size, axis) =>
      sizeAt(x.dims, axis + 2) + size - 1 - sizeAt(before, axis) - sizeAt(shared.dims, axis + 2),
  )
  const fits = after.every((pad, axis) => pad >= 0 && pad < sizeAt(kernel, axis))
  const mean = g.node(
    'AveragePool',
    [fits ? shared : g.pad(shared, [0, 0, ...before], [0, 0, ...after])],
    x.dims,
    {
      kernel_shape: kernel,
      count_include_pad: 1,
      ...(fits && { pads: [...before, ...after] }),
    },
  )
  return g.scale(mean, product(kernel))
}

function repeatBlocks(g: GraphBuilder, x: Value, kernel: readonly number[]): Value {
  const [batch = 1, channels = 1, ...windows] = x.dims
  const single = windows.flatMap((size) => [size, 1])
  const repeated = windows.flatMap((size, axis) => [size, sizeAt(kernel, axis)])
  const blocks = g.expand(g.reshape(x, [batch, channels, ...single]), [
    batch,
    channels,
    ...repeated,
  ])
  const sizes = windows.map((size, axis) => size * sizeAt(kernel, axis))
  return g.reshape(blocks, [batch, channels, ...sizes])
}

/** 1 / (elements averaged), a constant of shape (1, 1, windows); a scalar when all are equal. */
function inverseCounts(
  g: GraphBuilder,
  x: Value,
  cotangent: Value,
  geometry: AveragePoolGeometry,
): Value {
  const perAxis = geometry.kernel.map((kernel, axis) => {
    const size = sizeAt(x.dims, axis + 2)
    const begin = sizeAt(geometry.padsBegin, axis)
    const low = geometry.countsPadding ? -begin : 0
    const high = geometry.countsPadding ? size + sizeAt(geometry.padsEnd, axis) : size
    return range(0, sizeAt(cotangent.dims, axis + 2)).map((window) => {
      const start = window * sizeAt(geometry.strides, axis) - begin
      const step = sizeAt(geometry.dilations, axis)
      return range(0, kernel).filter((tap) => {
        const position = start + tap * step
        return position >= low && position < high
      }).length
    })
  })
  if (perAxis.every((counts) => counts.every((count) => count === counts[0]))) {
    return g.scalar(1 / product(perAxis.map((counts) => counts[0] ?? 1)), x.dtype)
  }
  const counts = perAxis.reduce<number[]>(
    (outer, own) => outer.flatMap((left) => own.map((right) => left * right)),
    [1],
  )
  const dims = [1, 1, ...perAxis.map((own) => own.length)]
  return g.numbers(
    dims,
    counts.map((count) => 1 / count),
    x.dtype,
  )
}
