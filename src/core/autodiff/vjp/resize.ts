/** @file VJP rule of Resize: the transposed resampling matrix, axis by axis. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range } from '../../onnx/shape-arithmetic.ts'
import { defineVjp } from '../rule.ts'
import { type AxisMatrix, axisAdjoint } from './axis-adjoint.ts'
import { resizeMatrices } from './resize-matrices.ts'

/** Nearest, linear and cubic. */
export const resize = defineVjp(
  'Resize',
  ['x', 'roi?', 'scales?', 'sizes?'],
  ({ g, node, inputs: [x, roi, scales, sizes], y, cotangent }) => {
    const matrices = resizeMatrices(g, node, { x, roi, scales, sizes, y })
    return [resizeAdjoint(g, x, cotangent, matrices), null, null, null]
  },
)

function resizeAdjoint(
  g: GraphBuilder,
  x: Value,
  cotangent: Value,
  matrices: readonly (AxisMatrix | null)[],
): Value {
  const repeats = matrices.map((matrix) => (matrix ? blockRepeat(matrix) : 1))
  const spatial = repeats.slice(2)
  const isBlocks = repeats.every((count) => count !== null) && !matrices[0] && !matrices[1]
  if (isBlocks && spatial.length > 0 && spatial.length <= 3) {
    const kernel = spatial.map((count) => count ?? 1)
    // The sum over a block is its average times its size.
    const average = g.node('AveragePool', [cotangent], x.dims, {
      kernel_shape: kernel,
      strides: kernel,
    })
    return g.scale(average, product(kernel))
  }
  return matrices.reduce<Value>(
    (value, matrix, axis) => (matrix ? axisAdjoint(g, value, axis, matrix) : value),
    cotangent,
  )
}

/** n when output i copies input floor(i / n) (nearest, integer scale); else null. */
function blockRepeat({ rows, columns, entries }: AxisMatrix): number | null {
  const count = rows / columns
  if (!Number.isInteger(count)) return null
  const isBlock = range(0, rows).every(
    (row) => entries[row * columns + Math.floor(row / count)] === 1,
  )
  return isBlock ? count : null
}
