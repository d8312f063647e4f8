/** @file A batch normalisation that no neighbour could take in: a linear layer with one weight per channel. */

import { readNumbers } from '../../onnx/constants.ts'
import type { Value } from '../../onnx/ir.ts'
import { range } from '../../onnx/shape-arithmetic.ts'
import type { RelevanceContext } from './delegate.ts'
import type { Layer } from './layer.ts'
import { isZero, type WeightPart, weightPart } from './weight-parts.ts'

/** W = scale / sqrt(variance + epsilon) and b = bias - mean * W; null where they are not constant. */
export function openDiagonalLayer(
  { g, inputs, y, attributes, cotangent }: RelevanceContext,
  signs: Pick<Layer, 'isPositive' | 'isPositiveOnly'>,
): Layer | null {
  const [x, ...parameters] = inputs
  const [scale, bias, mean, variance] = parameters.map((value) => {
    const known = value && g.constantOf(value)
    return known && readNumbers(known)
  })
  if (!x || !scale || !bias || !mean || !variance) return null
  const epsilon = attributes.float('epsilon', 1e-5)
  const factors = scale.map((value, i) => value / Math.sqrt((variance[i] ?? 0) + epsilon))
  const shifts = factors.map((factor, i) => (bias[i] ?? 0) - (mean[i] ?? 0) * factor)
  const dims = x.dims.map((size, axis) => (axis === 1 ? size : 1))
  const w = g.numbers(dims, factors, x.dtype)
  const product = (data: Value, part: WeightPart) => g.mul(data, weightPart(g, w, part))
  return {
    g,
    x,
    bias: g.numbers(dims, shifts, x.dtype),
    z: y,
    relevance: cotangent,
    rowAxes: range(1, x.dims.length),
    ...signs,
    isZero: (part) => isZero(g, weightPart(g, w, part)),
    forward: (data, part, added) =>
      added ? g.add(product(data, part), added) : product(data, part),
    broadcastBias: (added) => added,
    adjoint: product,
    ones: () => g.scalar(1, x.dtype),
  }
}
