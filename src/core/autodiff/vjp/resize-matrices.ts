/** @file The linear maps, axis by axis, that a Resize node is. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Node, Value } from '../../onnx/ir.ts'
import { normaliseAxis, range, sameDims, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import type { AxisMatrix } from './axis-adjoint.ts'
import { knownIntegers } from './known-integers.ts'
import { type ResampleMode, resampleMatrix } from './resample-matrix.ts'

export interface ResizeValues {
  readonly x: Value
  readonly roi: Value | null
  readonly scales: Value | null
  readonly sizes: Value | null
  readonly y: Value
}

/**
 * For every axis of x the matrix that makes the axis of y; null where it stays as it is.
 * @throws Failure for modes without a rule, and where the scales are computed in the model
 */
export function resizeMatrices(
  g: GraphBuilder,
  node: Node,
  { x, y, ...given }: ResizeValues,
): readonly (AxisMatrix | null)[] {
  const attributes = readAttributes(node)
  const mode: ResampleMode = {
    mode: attributes.string('mode', 'nearest'),
    coordinates: attributes.string('coordinate_transformation_mode', 'half_pixel'),
    nearest: attributes.string('nearest_mode', 'round_prefer_floor'),
    cubicCoefficient: attributes.float('cubic_coeff_a', -0.75),
    excludeOutside: attributes.int('exclude_outside', 0) !== 0,
    antialias: attributes.int('antialias', 0) !== 0,
  }
  const rank = x.dims.length
  const axes = attributes.ints('axes')?.map((axis) => normaliseAxis(axis, rank))
  const scales = knownIntegers(g, node, 'scales', given.scales) ?? []
  const sizes = knownIntegers(g, node, 'sizes', given.sizes)
  const isCrop = mode.coordinates === 'tf_crop_and_resize'
  const roi = isCrop ? (knownIntegers(g, node, 'roi', given.roi) ?? []) : []
  const shared = sharedScale(
    attributes.string('keep_aspect_ratio_policy', 'stretch'),
    (axes ?? range(0, rank)).map((axis, i) => (sizes?.[i] ?? 1) / sizeAt(x.dims, axis)),
  )
  // Where no size changes the runtime copies, whatever the scales.
  if (!isCrop && sameDims(x.dims, y.dims)) return x.dims.map(() => null)
  return x.dims.map((inputSize, axis) => {
    const outputSize = sizeAt(y.dims, axis)
    const place = axes ? axes.indexOf(axis) : axis
    const scale = sizes ? (shared ?? outputSize / inputSize) : (scales[place] ?? 1)
    const region = [roi[place] ?? 0, roi[place + roi.length / 2] ?? 1] as const
    const isWhole = region[0] === 0 && region[1] === 1
    const isUntouched = place < 0 || (scale === 1 && inputSize === outputSize && isWhole)
    return isUntouched ? null : resampleMatrix({ inputSize, outputSize, scale, region }, mode)
  })
}

/** With `not_larger` and `not_smaller` every axis uses the same scale. */
function sharedScale(policy: string, scales: readonly number[]): number | null {
  if (policy === 'not_larger') return Math.min(...scales)
  if (policy === 'not_smaller') return Math.max(...scales)
  return null
}
