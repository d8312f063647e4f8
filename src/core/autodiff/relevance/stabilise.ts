import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'

/** Every denominator but that of the epsilon rule is kept from zero by this much. */
export const STABILISER = 1e-6

/** s(z) = z + sign(z) * epsilon, with sign(0) = +1. `isPositive`: z is known never to be negative. */
export function stabilise(
  g: GraphBuilder,
  z: Value,
  epsilon: number,
  { isPositive = false }: { readonly isPositive?: boolean } = {},
): Value {
  const up = g.scalarLike(z, epsilon)
  if (isPositive) return g.add(z, up)
  const isNegative = g.less(z, g.scalarLike(z, 0))
  return g.add(z, g.where(isNegative, g.scalarLike(z, -epsilon), up))
}
