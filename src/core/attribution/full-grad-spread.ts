/** @file Spreads numbers on a coarse grid over the voxels that they stand for, keeping their sum. */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { product } from '../onnx/shape-arithmetic.ts'
import { enlarge, hasSpace } from './cam-upsampling.ts'

/**
 * From (N, 1, grid) to the input's shape: linear interpolation (align_corners=False) of each number
 * divided by the sum of its weights, in equal parts to every channel, so that the map sums to what
 * the grid does. Null where the input has other axes, or is so much coarser than the grid that
 * interpolation would step over some of its numbers.
 */
export function spreadOverInput(g: GraphBuilder, coarse: Value, input: Value): Value | null {
  const grid = coarse.dims.slice(2)
  if (!hasSpace(input.dims, grid.length)) return null
  const sizes = input.dims.slice(-grid.length)
  const weights = grid.map((from, axis) => linearWeights(from, sizes[axis] ?? 1))
  if (weights.flat().some((weight) => weight < 1e-6)) return null
  const channels = input.dims.length === grid.length + 2 ? (input.dims[1] ?? 1) : 1
  const shares = new Float32Array(product(grid))
  for (let at = 0; at < shares.length; at++) {
    let rest = at
    let total = channels
    for (let axis = grid.length - 1; axis >= 0; axis--) {
      const size = grid[axis] ?? 1
      total *= weights[axis]?.[rest % size] ?? 1
      rest = Math.floor(rest / size)
    }
    shares[at] = 1 / total
  }
  const first = shares[0] ?? 1
  const shared = shares.every((share) => share === first)
    ? g.scale(coarse, first)
    : g.mul(coarse, g.numbers([1, 1, ...grid], shares, coarse.dtype))
  return enlarge(g, shared, input, 'linear')
}

/** How much each of `from` samples counts, summed over the `to` places it is interpolated to. */
function linearWeights(from: number, to: number): readonly number[] {
  const sums = new Array<number>(from).fill(0)
  for (let place = 0; place < to; place++) {
    const centre = ((place + 0.5) * from) / to - 0.5
    const at = Math.min(Math.max(centre, 0), from - 1)
    const low = Math.floor(at)
    const high = Math.min(low + 1, from - 1)
    sums[low] = (sums[low] ?? 0) + 1 - (at - low)
    sums[high] = (sums[high] ?? 0) + (at - low)
  }
  return sums
}
