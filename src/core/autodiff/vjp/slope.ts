/** @file Pieces that the element-wise rules share. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { defineVjp, type VjpContext, type VjpRule } from '../rule.ts'

type UnaryContext = VjpContext<readonly [x: Value]>

/** A rule for y = f(x): the cotangent times f'(x). */
export function defineSlope(op: string, slope: (context: UnaryContext) => Value): VjpRule {
  return defineVjp(op, ['x'], (context) => [context.g.mul(context.cotangent, slope(context))])
}

/** The cotangent where `condition` holds, else 0. */
export function gate(g: GraphBuilder, condition: Value, cotangent: Value): Value {
  return g.where(condition, cotangent, g.scalarLike(cotangent, 0))
}

/** c - x, and x + c, for a number c. */
export function fromNumber(g: GraphBuilder, c: number, x: Value): Value {
  return g.sub(g.scalarLike(x, c), x)
}
export function plusNumber(g: GraphBuilder, x: Value, c: number): Value {
  return g.add(x, g.scalarLike(x, c))
}

export function square(g: GraphBuilder, x: Value): Value {
  return g.mul(x, x)
}

/** exp(-x^2 / 2) / sqrt(2 pi) */
export function normalDensity(g: GraphBuilder, x: Value): Value {
  return g.scale(g.exp(g.scale(square(g, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
}
