/** @file The adjoint of a 2-D MaxPool in the runtime's blocked layout. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { channelFilters, emitNotNegative, isBlocked } from './blocked-layout.ts'
import { interleavePhases } from './interleave-phases.ts'
import type { MaxPoolNode } from './pool-geometry.ts'
import type { ProviderTraits } from './provider-traits.ts'
import { emitLinePool, type PoolLine } from './separable-max-pool.ts'

/** Of the positions along one axis, those of a phase: stride q + phase. */
interface Part {
  readonly line: PoolLine
  readonly phase: number
}

interface Pooling {
  readonly x: Value
  /** The part of `x` that is meant. */
  readonly picks: readonly Part[]
  readonly y: Value
  readonly cotangent: Value
}

/** True where all that is read is in blocks, and every axis is as `isWholeLine` says. */
export function isBlockedPool(
  g: GraphBuilder,
  traits: ProviderTraits,
  { x, y, cotangent }: MaxPoolNode,
  lines: readonly PoolLine[],
): boolean {
  return (
    lines.length > 0 &&
    lines.every((line) => isWholeLine(line, sizeAt(x.dims, line.axis))) &&
    [x, y, cotangent].every((value) => isBlocked(g, traits, value))
  )
}

/** The phases of two axes are as many arrays, and their nodes, as the product of the strides. */
const MOST_STRIDE = 3

/**
 * Every phase has a tap and as many positions as there are windows; where the last of them lie beyond
 * the end, only the last tap, which is never compared, reads them.
 */
export function isWholeLine(
  { kernel, stride, dilation, windows, after }: PoolLine,
  size: number,
): boolean {
  const isWhole = windows * stride === size || after <= 1
  const isDense = dilation === 1 && kernel >= stride && stride <= MOST_STRIDE
  return isDense && windows === Math.ceil(size / stride) && isWhole
}

/** Axis by axis, the last one pooled first, as `emitSeparableGradient`; phases apart until the end. */
export function emitBlockedGradient(
  g: GraphBuilder,
  traits: ProviderTraits,
  { x, y, cotangent }: Pick<MaxPoolNode, 'cotangent' | 'x' | 'y'>,
  lines: readonly PoolLine[],
): Value {
  const phases = gradientPhases(g, { x, picks: [], y, cotangent }, lines)
  const [first = cotangent] = phases
  if (phases.length === 1) return first
  const [batch = 1, channels = 1, ...sizes] = x.dims
  const positions = first.dims.slice(2)
  const stacked = g.concat(
    phases.map((phase) => g.reshape(phase, [batch * channels, 1, ...positions])),
    1,
  )
  const strides = sizes.map((_, i) => lines.find(({ axis }) => axis === i + 2)?.stride ?? 1)
  const phased = g.reshape(stacked, [batch, channels * phases.length, ...positions])
  const plans = strides.map((stride, i) => ({
    firstPhase: 0,
    phases: stride,
    positions: sizeAt(positions, i),
  }))
  return interleavePhases(g, traits, phased, { plans, strides, sizes })
}

/** The gradient in every phase of the given axes, in row-major order. */
function gradientPhases(
  g: GraphBuilder,
  { x, picks, y, cotangent }: Pooling,
  [line, ...inner]: readonly PoolLine[],
): readonly Value[] {
  if (!line) return [cotangent]
  const own = range(0, line.stride).map((phase) => ({ line, phase }))
  if (inner.length === 0) {
    const parts = own.map((pick) => readPicks(g, x, [...picks, pick]))
    return lineShares(g, parts, y, cotangent, line)
  }
  const pooled = inner.reduceRight((value, each) => emitLinePool(g, value, each), x)
  const maxima = own.map((pick) => readPicks(g, pooled, [...picks, pick]))
  const shares = lineShares(g, maxima, y, cotangent, line)
  return own.flatMap((pick, i) => {
    const [maximum, share] = [maxima[i], shares[i]]
    if (!maximum || !share) return []
    const part = { x, picks: [...picks, pick], y: maximum, cotangent: share }
    return gradientPhases(g, part, inner)
  })
}

/** A strided convolution with one unit weight per channel; 0 beyond the end. */
function readPicks(g: GraphBuilder, x: Value, picks: readonly Part[]): Value {
  const strided = picks.filter(({ line }) => line.stride > 1)
  if (strided.length === 0) return x
  const kernel = [1, 1]
  const strides = [1, 1]
  const ends = [0, 0]
  let dims = x.dims
  for (const { line, phase } of strided) {
    const { axis, stride, windows } = line
    kernel[axis - 2] = phase + 1
    strides[axis - 2] = stride
    ends[axis - 2] = Math.max(0, (windows - 1) * stride + phase + 1 - sizeAt(x.dims, axis))
    dims = dims.with(axis, windows)
  }
  const filters = channelFilters(g, sizeAt(x.dims, 1), 1, kernel, product(kernel) - 1)
  return g.node('Conv', [x, filters], dims, {
    group: sizeAt(x.dims, 1),
    strides,
    pads: [0, 0, ...ends],
  })
}

/**
 * Tap t of window w is position s w + t - before: of a phase, in place w + shift. What no earlier tap won
 * is left for the next one; the last tap wins what is left. Places see their window, and windows their
 * place, through a convolution that shifts; outside is 0, so that padding wins nothing. The gradient in
 * every phase, from the phases of the input.
 */
function lineShares(
  g: GraphBuilder,
  phases: readonly Value[],
  y: Value,
  cotangent: Value,
  { axis, kernel, stride, before }: PoolLine,
): readonly Value[] {
  const sums: (Value | undefined)[] = phases.map(() => undefined)
  let left = cotangent
  for (let tap = 0; tap < kernel; tap++) {
    const place = tap - before
    const phase = ((place % stride) + stride) % stride
    const shift = (place - phase) / stride
    const sum = sums[phase]
    if (tap === kernel - 1) {
      sums[phase] = emitShifted(g, left, { axis, shift: -shift, plus: sum })
      continue
    }
    // x - max is 0 where the tap wins, else negative; where there is no window, nothing is reachable.
    const short = emitShifted(g, y, { axis, shift: -shift, factor: -1, plus: phases[phase] })
    const reachable = emitShifted(g, left, { axis, shift: -shift })
    const own = g.mul(reachable, emitNotNegative(g, short))
    sums[phase] = sum ? g.add(sum, own) : own
    left = emitShifted(g, own, { axis, shift, factor: -1, plus: left })
  }
  return sums.map((sum) => sum ?? g.zeros(cotangent.dims, cotangent.dtype))
}

interface Shift {
  readonly axis: number
  readonly shift: number
  readonly factor?: number
  readonly plus?: Value | undefined
}

/** factor x[p + shift] + plus[p], 0 for what is outside of x; in one pass. */
function emitShifted(g: GraphBuilder, x: Value, { axis, shift, factor = 1, plus }: Shift): Value {
  if (shift === 0 && factor === 1) return plus ? g.add(plus, x) : x
  const reach = Math.abs(shift) + 1
  const kernel = [1, 1].with(axis - 2, reach)
  const none = [0, 0]
  const filters = channelFilters(g, sizeAt(x.dims, 1), factor, kernel, shift > 0 ? reach - 1 : 0)
  const moved = g.node('Conv', [x, filters], x.dims, {
    group: sizeAt(x.dims, 1),
    pads: [...none.with(axis - 2, Math.max(0, -shift)), ...none.with(axis - 2, Math.max(0, shift))],
  })
  return plus ? g.add(moved, plus) : moved
}
