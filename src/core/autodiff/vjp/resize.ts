/** @file VJP rule of Resize: the transposed resampling matrix, axis by axis. */

import { Failure } from '../../failure.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { normaliseAxis, product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVjp } from '../rule.ts'
import { type AxisMatrix, axisAdjoint } from './axis-adjoint.ts'
import { knownIntegers } from './known-integers.ts'
import { type ResampleMode, resampleMatrix } from './resample-matrix.ts'

/** Nearest, linear and cubic, without antialiasing. */
export const resize = defineVjp(
  'Resize',
  ['x', 'roi?', 'scales?', 'sizes?'],
  ({ g, node, inputs: [x, , scalesInput, sizesInput], y, attributes, cotangent }) => {
    if (attributes.int('antialias', 0) !== 0) {
      throw new Failure(
        'unsupported-operator',
        `Resize node '${node.name}' uses antialiasing, which has no gradient rule yet; occlusion ` +
          'works with any operator.',
      )
    }
    const mode: ResampleMode = {
      mode: attributes.string('mode', 'nearest'),
      coordinates: attributes.string('coordinate_transformation_mode', 'half_pixel'),
      nearest: attributes.string('nearest_mode', 'round_prefer_floor'),
      cubicCoefficient: attributes.float('cubic_coeff_a', -0.75),
      excludeOutside: attributes.int('exclude_outside', 0) !== 0,
    }
    const rank = x.dims.length
    const axes = attributes.ints('axes')?.map((axis) => normaliseAxis(axis, rank))
    const given = knownIntegers(g, node, 'scales', scalesInput) ?? []
    const sizes = knownIntegers(g, node, 'sizes', sizesInput)
    const shared = sharedScale(
      attributes.string('keep_aspect_ratio_policy', 'stretch'),
      (axes ?? range(0, rank)).map((axis, i) => (sizes?.[i] ?? 1) / sizeAt(x.dims, axis)),
    )
    const matrices = x.dims.map((inputSize, axis) => {
      const outputSize = sizeAt(y.dims, axis)
      const place = axes ? axes.indexOf(axis) : axis
      const scale = sizes ? (shared ?? outputSize / inputSize) : (given[place] ?? 1)
      const isUntouched = place < 0 || (scale === 1 && inputSize === outputSize)
      return isUntouched ? null : resampleMatrix({ inputSize, outputSize, scale }, mode)
    })
    return [resizeAdjoint(g, x, cotangent, matrices), null, null, null]
  },
)

/** With `not_larger` and `not_smaller` every axis uses the same scale. */
function sharedScale(policy: string, scales: readonly number[]): number | null {
  if (policy === 'not_larger') return Math.min(...scales)
  if (policy === 'not_smaller') return Math.max(...scales)
  return null
}

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
