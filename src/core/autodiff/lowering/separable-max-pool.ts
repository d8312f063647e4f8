/** @file The adjoint of MaxPool axis by axis: a maximum over a box is a maximum over lines of maxima. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { oneAfter } from './order.ts'
import { type MaxPoolNode, overhang, type PoolGeometry, windowReach } from './pool-geometry.ts'

/** Lower than any activation; shaders need not keep infinities. */
export const LOWEST = -3.4e38

/** One axis of the pooling; `before` and `after` are the padding that the windows reach into. */
export interface PoolLine {
  readonly axis: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly windows: number
  readonly before: number
  readonly after: number
}

/** The axes along which anything is pooled; undefined where a window may lie in the padding alone. */
export function separateAxes({ x, y, geometry }: MaxPoolNode): readonly PoolLine[] | undefined {
  const lines = geometry.kernel.map((_, axis) => lineOf(geometry, x, y, axis))
  const isCovered = lines.every(({ kernel, before, after }) => before < kernel && after < kernel)
  return isCovered ? lines.filter(({ kernel, stride }) => kernel > 1 || stride > 1) : undefined
}

function lineOf(geometry: PoolGeometry, x: Value, y: Value, axis: number): PoolLine {
  const kernel = sizeAt(geometry.kernel, axis)
  const stride = sizeAt(geometry.strides, axis)
  const dilation = sizeAt(geometry.dilations, axis)
  const windows = sizeAt(y.dims, axis + 2)
  const before = sizeAt(geometry.padsBegin, axis)
  const after = Math.max(0, overhang(geometry, x, y, axis))
  return { axis: axis + 2, kernel, stride, dilation, windows, before, after }
}

/**
 * The last axis is pooled first, so that the winner of a tie is the first in row-major order. The
 * runtime's plain MaxPool is two orders of magnitude faster than the one that also gives indices.
 */
export function emitSeparableGradient(
  g: GraphBuilder,
  { x, y, cotangent }: MaxPoolNode,
  lines: readonly PoolLine[],
): Value {
  const inward = lines.toReversed()
  const stages: { readonly line: PoolLine; readonly from: Value; readonly to: Value }[] = []
  let from = x
  for (const [i, line] of inward.entries()) {
    const to = i === inward.length - 1 ? y : emitLinePool(g, from, line)
    stages.push({ line, from, to })
    from = to
  }
  return stages
    .toReversed()
    .reduce((gradient, { line, from: a, to }) => lineGradient(g, a, to, gradient, line), cotangent)
}

/** The maximum along one axis. */
export function emitLinePool(g: GraphBuilder, x: Value, line: PoolLine): Value {
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

/**
 * The winner of every window is the first tap that equals the maximum. Until the cotangent is there, all
 * taps but the last are held as one byte a window each.
 */
export function lineGradient(
  g: GraphBuilder,
  x: Value,
  y: Value,
  cotangent: Value,
  line: PoolLine,
): Value {
  const isThere = oneAfter(g, cotangent, 'bool', x.dims.length)
  const wins: Value[] = []
  let isEarlier: Value | undefined
  for (let tap = 0; tap < line.kernel - 1; tap++) {
    const hit = g.equal(readTap(g, x, tap, line), y)
    wins.push(g.and(isEarlier ? g.and(hit, g.not(isEarlier)) : hit, isThere))
    isEarlier = isEarlier ? g.or(isEarlier, hit) : hit
  }
  // One tap wins: the last one where no other does.
  const [first, ...others] = wins
  if (first) wins.push(g.not(others.reduce((any, win) => g.or(any, win), first)))
  const shares = first
    ? wins.map((win) => g.mul(cotangent, g.cast(win, cotangent.dtype)))
    : [cotangent]
  return spread(g, shares, x, line)
}

/** What a tap reads in every window, LOWEST in the padding. */
function readTap(
  g: GraphBuilder,
  x: Value,
  tap: number,
  { axis, stride, dilation, before, windows }: PoolLine,
): Value {
  const size = sizeAt(x.dims, axis)
  const start = tap * dilation - before
  if (stride === 1) return moveAlong(g, x, axis, -start, start + windows - size, LOWEST)
  // The windows in which the tap is not in the padding.
  const first = Math.max(0, Math.ceil(-start / stride))
  const last = Math.min(windows - 1, Math.floor((size - 1 - start) / stride))
  if (last < first) return g.expand(g.scalarLike(x, LOWEST), x.dims.with(axis, windows))
  const from = start + first * stride
  const isLast = axis === x.dims.length - 1
  const read =
    from === 0 && last - first === Math.floor((size - 1) / stride) && isLast
      ? everyOther(g, x, stride)
      : g.slice(x, {
          axes: [axis],
          starts: [from],
          ends: [start + last * stride + 1],
          steps: [stride],
        })
  return moveAlong(g, read, axis, first, windows - 1 - last, LOWEST)
}

/** Adds the share of tap k at position stride * window + dilation * k - before. */
function spread(g: GraphBuilder, shares: readonly Value[], x: Value, line: PoolLine): Value {
  const isLast = line.axis === x.dims.length - 1
  return isLast && line.stride > 1
    ? spreadByConv(g, shares, x, line)
    : spreadByShifts(g, shares, x, line)
}

/** Every phase of the positions is a sum of shifted shares; phases lie side by side as whole rows. */
function spreadByShifts(
  g: GraphBuilder,
  shares: readonly Value[],
  x: Value,
  { axis, stride, dilation, before, windows }: PoolLine,
): Value {
  const size = sizeAt(x.dims, axis)
  const positions = Math.ceil(size / stride)
  const phases: (Value | undefined)[] = new Array(stride).fill(undefined)
  for (const [tap, share] of shares.entries()) {
    const place = tap * dilation - before
    const phase = ((place % stride) + stride) % stride
    const shift = (place - phase) / stride
    const rest = positions - windows - shift
    // All of it in the padding: nothing comes back.
    if (-shift >= windows || -rest >= windows) continue
    const isFlat = stride === 1 && windows === size
    const own = isFlat ? moveFlat(g, share, x, axis, shift) : moveAlong(g, share, axis, shift, rest)
    const earlier = phases[phase]
    phases[phase] = earlier ? g.add(earlier, own) : own
  }
  const dims = x.dims.with(axis, positions)
  const whole = phases.map((phase) => phase ?? g.zeros(dims, x.dtype))
  const [only] = whole
  if (only && stride === 1) return only
  const stacked = [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)]
  const rows = g.concat(
    whole.map((phase) => g.reshape(phase, stacked)),
    axis + 1,
  )
  const grid = g.reshape(rows, x.dims.with(axis, positions * stride))
  return g.slice(grid, { axes: [axis], starts: [0], ends: [size] })
}

/**
 * A shift of all numbers of a channel at once, which is a copy of one block where `moveAlong` copies every
 * row: what it carries from one row into the next are shares of taps in the padding, and those are 0.
 * Only for as many windows as positions.
 */
function moveFlat(g: GraphBuilder, share: Value, x: Value, axis: number, shift: number): Value {
  const [batch = 1, channels = 1, ...sizes] = x.dims
  const moved = shift * product(x.dims.slice(axis + 1))
  const flat = g.reshape(share, [batch, channels, product(sizes)])
  return g.reshape(moveAlong(g, flat, 2, moved, -moved), x.dims)
}

/** Padding before and after, or fewer elements where that is negative: in one pass over the array. */
function moveAlong(
  g: GraphBuilder,
  x: Value,
  axis: number,
  before: number,
  after: number,
  fill = 0,
): Value {
  if (before === 0 && after === 0) return x
  const size = sizeAt(x.dims, axis)
  const dims = x.dims.with(axis, size + before + after)
  if (-before >= size || -after >= size) return g.expand(g.scalarLike(x, fill), dims)
  const none = x.dims.map(() => 0)
  const pads = g.ints([...none.with(axis, before), ...none.with(axis, after)])
  return g.node('Pad', fill === 0 ? [x, pads] : [x, pads, g.scalarLike(x, fill)], dims)
}

/** A transposed convolution with unit kernels, over two axes (the runtime's form for three is slow). */
function spreadByConv(
  g: GraphBuilder,
  shares: readonly Value[],
  x: Value,
  { axis, kernel, stride, dilation, before, windows }: PoolLine,
): Value {
  const size = sizeAt(x.dims, axis)
  const rows = product(x.dims.slice(0, 2))
  const others = product(x.dims.slice(2, -1))
  const stacked = g.concat(
    shares.map((share) => g.reshape(share, [rows, 1, others, windows])),
    1,
  )
  const units = new Float32Array(kernel * kernel)
  for (let tap = 0; tap < kernel; tap++) units[tap * kernel + tap] = 1
  // Positions at the end that no window reads stay zero.
  const surplus = windowReach(windows, kernel, stride, dilation) - before - size
  const spreading = g.node(
    'ConvTranspose',
    [stacked, g.numbers([kernel, 1, 1, kernel], units, x.dtype)],
    [rows, 1, others, size],
    {
      kernel_shape: [1, kernel],
      strides: [1, stride],
      dilations: [1, dilation],
      pads: [0, before, 0, Math.max(0, surplus)],
      output_padding: [0, Math.max(0, -surplus)],
    },
  )
  return g.reshape(spreading, x.dims)
}

/** Position s q of every row: a pooling by windows of one, which runs on all threads. */
function everyOther(g: GraphBuilder, x: Value, stride: number): Value {
  const spatial = x.dims.length - 2
  const ones = new Array<number>(spatial).fill(1)
  const dims = x.dims.with(-1, Math.ceil(sizeAt(x.dims, spatial + 1) / stride))
  return g.node('MaxPool', [x], dims, { kernel_shape: ones, strides: ones.with(-1, stride) })
}
