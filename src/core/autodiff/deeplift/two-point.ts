/** @file What DeepLIFT's rules share: a node at the input and at the baseline, and their difference. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import type { VjpContext, VjpRule } from '../rule.ts'
import { twinOf } from './twin-graph.ts'

type Edges = readonly (Value | null)[]

/** A node at the input, as a VJP rule sees it, and at the baseline. */
export interface TwoPointContext extends VjpContext<Edges> {
  readonly atBaseline: {
    readonly inputs: Edges
    readonly y: Value
  }
  /** The operator's own derivative at the input, for any cotangent of the first output. */
  slope(cotangent: Value): Edges
  /** The same at the baseline. */
  slopeAtBaseline(cotangent: Value): Edges
  /** The same where the inputs are these; for rules that read nothing but the inputs. */
  slopeAt(inputs: Edges): Edges
}

/**
 * Multipliers of the inputs from those of the outputs: for differences dx, dy between input and
 * baseline, sum(multiplier of x * dx) = sum(multiplier of y * dy) where the rule is exact.
 */
export type TwoPointRule = (context: TwoPointContext) => Edges

/** `standard` is the operator's own derivative. */
export function applyAtTwoPoints(
  rule: TwoPointRule,
  standard: VjpRule,
  context: VjpContext<Edges>,
): Edges {
  const { g, node, inputs, y, outputs, cotangents } = context
  const twins = inputs.map((value) => value && twinOf(g, value))
  const twinY = twinOf(g, y)
  const seeds = (cotangent: Value) => ({ cotangent, cotangents: cotangents.with(0, cotangent) })
  return rule({
    ...context,
    atBaseline: { inputs: twins, y: twinY },
    slope: (cotangent) => standard.apply({ ...context, ...seeds(cotangent) }),
    slopeAtBaseline: (cotangent) =>
      standard.apply({
        ...context,
        ...seeds(cotangent),
        node: g.producerOf(twinY) ?? node,
        inputs: twins,
        y: twinY,
        outputs: outputs.map((value) => value && twinOf(g, value)),
      }),
    slopeAt: (points) => standard.apply({ ...context, inputs: points }),
  })
}

/** Differences below this count as none: the multiplier is the gradient there. */
const SMALL = 1e-10

/** numerator / difference; `otherwise` where |difference| < 1e-10. */
export function quotient(
  g: GraphBuilder,
  numerator: Value,
  difference: Value,
  otherwise: Value,
): Value {
  const isSmall = g.less(g.abs(difference), g.scalarLike(difference, SMALL))
  return g.where(isSmall, otherwise, g.div(numerator, difference))
}

/** (a + b) / 2. */
export function average(g: GraphBuilder, a: Value, b: Value): Value {
  return a.name === b.name ? a : g.scale(g.add(a, b), 0.5)
}
