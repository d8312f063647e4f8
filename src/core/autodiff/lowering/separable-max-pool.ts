/** @file The adjoint of MaxPool axis by axis: a maximum over a box is a maximum over lines of maxima. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { type MaxPoolNode, type PoolGeometry, windowReach } from './pool-geometry.ts'

/** Lower than any activation; shaders need not keep infinities. */
export const LOWEST = -3.4e38

/** One axis of the pooling; `before` and `after` are the padding that the windows reach into. */
interface Line {
  readonly axis: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly windows: number
  readonly before: number
  readonly after: number
}

/** The axes along which anything is pooled; undefined where a window may lie in the padding alone. */
export function separateAxes({ x, y, geometry }: MaxPoolNode): readonly Line[] | undefined {
  const lines = geometry.kernel.map((_, axis) => lineOf(geometry, x, y, axis))
  const isCovered = lines.every(({ kernel, before, after }) => before < kernel && after < kernel)
  return isCovered ? lines.filter(({ kernel, stride }) => kernel > 1 || stride > 1) : undefined
}

function lineOf(geometry: PoolGeometry, x: Value, y: Value, axis: number): Line {
  const kernel = sizeAt(geometry.kernel, axis)
  const stride = sizeAt(geometry.strides, axis)
  const dilation = sizeAt(geometry.dilations, axis)
  const windows = sizeAt(y.dims, axis + 2)
  const before = sizeAt(geometry.padsBegin, axis)
  const reach = windowReach(windows, kernel, stride, dilation)
  const after = Math.max(0, reach - before - sizeAt(x.dims, axis + 2))
  return { axis: axis + 2, kernel, stride, dilation, windows, before, after }
}

/**
 * The last axis is pooled first, so that the winner of a tie is the first in row-major order. The
 * runtime's plain MaxPool is two orders of magnitude faster than the one that also gives indices.
 */
export function emitSeparableGradient(
  g: GraphBuilder,
  { x, y, cotangent }: MaxPoolNode,
  lines: readonly Line[],
): Value {
  const inward = lines.toReversed()
  const stages: { readonly line: Line; readonly from: Value; readonly to: Value }[] = []
  let from = x
  for (const [i, line] of inward.entries()) {
    const to = i === inward.length - 1 ? y : pool(g, from, line)
    stages.push({ line, from, to })
    from = to
  }
  return stages
    .toReversed()
    .reduce((gradient, { line, from: a, to }) => lineGradient(g, a, to, gradient, line), cotangent)
}

function pool(g: GraphBuilder, x: Value, line: Line): Value {
  const at = line.axis - 2
  const attribute = (value: number) =>
    x.dims
      .slice(2)
      .map(() => 1)
      .with(at, value)
  const none = x.dims.slice(2).map(() => 0)
  return g.node('MaxPool', [x], x.dims.with(line.axis, line.windows), {
    kernel_shape: attribute(line.kernel),
    strides: attribute(line.stride),
    dilations: attribute(line.dilation),
    pads: [...none.with(at, line.before), ...none.with(at, line.after)],
  })
}

/** The winner of every window is the first tap that equals the maximum. */
function lineGradient(g: GraphBuilder, x: Value, y: Value, cotangent: Value, line: Line): Value {
  const { axis, kernel, stride, dilation, windows, before, after } = line
  const none = x.dims.map(() => 0)
  const padded = g.pad(x, none.with(axis, before), none.with(axis, after), LOWEST)
  const isAt = (tap: number) => {
    const start = tap * dilation
    const end = start + (windows - 1) * stride + 1
    return g.equal(
      g.slice(padded, { axes: [axis], starts: [start], ends: [end], steps: [stride] }),
      y,
    )
  }
  const zero = g.scalarLike(cotangent, 0)
  const shares: Value[] = []
  let isLater: Value | undefined
  let rest = cotangent
  for (let tap = 0; tap < kernel - 1; tap++) {
    const hit = isAt(tap)
    const share = g.where(isLater ? g.and(hit, isLater) : hit, cotangent, zero)
    shares.push(share)
    rest = g.sub(rest, share)
    if (tap < kernel - 2) isLater = isLater ? g.and(isLater, g.not(hit)) : g.not(hit)
  }
  // One tap wins, so what is left is the cotangent or zero, exactly.
  shares.push(rest)
  return spread(g, shares, x, line)
}

/**
 * Adds the share of tap k at position stride * window + dilation * k - before: a transposed
 * convolution with unit kernels, over two axes (the runtime's form for three is slow).
 */
function spread(g: GraphBuilder, shares: readonly Value[], x: Value, line: Line): Value {
  const { axis, kernel, stride, dilation, before, windows } = line
  const size = sizeAt(x.dims, axis)
  const isLast = axis === x.dims.length - 1
  // A row of the batch has the taps as its channels; the other axes lie before or after this one.
  const rows = product(x.dims.slice(0, isLast ? 2 : axis))
  const others = product(isLast ? x.dims.slice(2, -1) : x.dims.slice(axis + 1))
  const pair = <T>(own: T, other: T): T[] => (isLast ? [other, own] : [own, other])
  const stacked = g.concat(
    shares.map((share) => g.reshape(share, [rows, 1, ...pair(windows, others)])),
    1,
  )
  const units = new Float32Array(kernel * kernel)
  for (let tap = 0; tap < kernel; tap++) units[tap * kernel + tap] = 1
  // Positions at the end that no window reads stay zero.
  const surplus = windowReach(windows, kernel, stride, dilation) - before - size
  const spreading = g.node(
    'ConvTranspose',
    [stacked, g.numbers([kernel, 1, ...pair(kernel, 1)], units, x.dtype)],
    [rows, 1, ...pair(size, others)],
    {
      kernel_shape: pair(kernel, 1),
      strides: pair(stride, 1),
      dilations: pair(dilation, 1),
      pads: [...pair(before, 0), ...pair(Math.max(0, surplus), 0)],
      output_padding: pair(Math.max(0, -surplus), 0),
    },
  )
  return g.reshape(spreading, x.dims)
}
