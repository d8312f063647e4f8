/** @file The adjoint of MaxPool, in the form that the provider runs; ties go to the first maximum. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { enterBlocks } from './blocked-layout.ts'
import { emitBlockedGradient, isBlockedPool } from './blocked-max-pool.ts'
import { emitPlanarGradient, isPlanarPool } from './planar-max-pool.ts'
import { type MaxPoolNode, overhang } from './pool-geometry.ts'
import type { ProviderTraits } from './provider-traits.ts'
import { emitSeparableGradient, LOWEST, separateAxes } from './separable-max-pool.ts'

export function emitMaxPoolGradient(
  g: GraphBuilder,
  traits: ProviderTraits,
  pool: MaxPoolNode,
): Value {
  const lines = traits.convTranspose3d ? separateAxes(pool) : undefined
  if (!lines) return compareWithWindows(g, pool)
  if (isPlanarPool(g, traits, pool, lines)) return emitPlanarGradient(g, traits, pool, lines)
  return isBlockedPool(g, traits, pool, lines)
    ? enterBlocks(g, traits, pool.x, emitBlockedGradient(g, traits, pool, lines))
    : emitSeparableGradient(g, pool, lines)
}

/**
 * The winner of every window is the first tap that equals the maximum. Tap k of window o reads
 * position s*o + k*d: of phase (k*d mod s), shifted by floor(k*d / s).
 */
function compareWithWindows(g: GraphBuilder, { x, y, cotangent, geometry }: MaxPoolNode): Value {
  const { kernel, strides, dilations, padsBegin } = geometry
  const spatial = kernel.length
  const axes = range(2, 2 + spatial)
  const windows = y.dims.slice(2)
  const after = kernel.map((_, axis) => overhang(geometry, x, y, axis))
  const padded = g.pad(x, [0, 0, ...padsBegin], [0, 0, ...after], LOWEST)

  const taps = gridPoints(kernel)
  const offsets = taps.map((tap) => tap.map((k, axis) => k * sizeAt(dilations, axis)))
  let winner = g.scalar(-1, x.dtype)
  for (const [index, offset] of [...offsets.entries()].reverse()) {
    const seen = g.slice(padded, {
      axes,
      starts: offset,
      ends: offset.map((from, i) => from + (sizeAt(windows, i) - 1) * sizeAt(strides, i) + 1),
      steps: strides,
    })
    winner = g.where(g.equal(seen, y), g.scalar(index, x.dtype), winner)
  }

  const farthest = kernel.map((size, i) =>
    Math.floor(((size - 1) * sizeAt(dilations, i)) / sizeAt(strides, i)),
  )
  const grid = windows.map((size, i) => size + sizeAt(farthest, i))
  const phases = gridPoints(strides).map((phase) => {
    const parts = offsets.flatMap((offset, index) => {
      const isOwn = offset.every((o, i) => o % sizeAt(strides, i) === phase[i])
      if (!isOwn) return []
      const own = g.where(
        g.equal(winner, g.scalar(index, x.dtype)),
        cotangent,
        g.scalarLike(cotangent, 0),
      )
      const shift = offset.map((o, i) => Math.floor(o / sizeAt(strides, i)))
      const rest = shift.map((amount, i) => sizeAt(farthest, i) - amount)
      return [g.pad(own, [0, 0, ...shift], [0, 0, ...rest])]
    })
    const [first = g.zeros([...x.dims.slice(0, 2), ...grid], x.dtype), ...others] = parts
    return others.reduce((sum, part) => g.add(sum, part), first)
  })
  const whole = interleave(g, phases, strides, grid)
  return g.pad(
    whole,
    [0, 0, ...padsBegin.map((pad) => -pad)],
    [
      0,
      0,
      ...padsBegin.map(
        (pad, i) => sizeAt(x.dims, i + 2) + pad - sizeAt(grid, i) * sizeAt(strides, i),
      ),
    ],
  )
}

/** Position q of phase r goes to stride * q + r; phases in row-major order. */
function interleave(
  g: GraphBuilder,
  phases: readonly Value[],
  strides: readonly number[],
  grid: readonly number[],
): Value {
  const [first] = phases
  const [batch = 1, channels = 1] = first?.dims ?? []
  const spatial = grid.length
  const stacked = g.concat(
    phases.map((phase) => g.reshape(phase, [batch, channels, 1, ...grid])),
    2,
  )
  const split = g.reshape(stacked, [batch, channels, ...strides, ...grid])
  const perm = range(0, spatial).flatMap((axis) => [2 + spatial + axis, 2 + axis])
  const sizes = grid.map((size, axis) => size * sizeAt(strides, axis))
  return g.reshape(g.transpose(split, [0, 1, ...perm]), [batch, channels, ...sizes])
}

/** All index vectors below `sizes`, last axis fastest. */
function gridPoints(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (points, size) => points.flatMap((point) => range(0, size).map((k) => [...point, k])),
    [[]],
  )
}
