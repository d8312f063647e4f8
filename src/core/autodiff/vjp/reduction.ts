/** @file VJP rules of reductions over axes. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVjp, type VjpRule } from '../rule.ts'
import { reductionAxes } from './known-integers.ts'
import { gate } from './slope.ts'

interface Reduced {
  readonly g: GraphBuilder
  readonly x: Value
  readonly axes: readonly number[]
  /** Output and cotangent with the reduced axes kept as size 1. */
  readonly y: Value
  readonly cotangent: Value
}

function defineReduction(op: string, gradient: (reduced: Reduced) => Value): VjpRule {
  return defineVjp(op, ['x', 'axes?'], ({ g, node, inputs, y, attributes, cotangent }) => {
    const [x, axesInput] = inputs
    const axes = reductionAxes(g, node, attributes, x, axesInput)
    const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const reduced = { g, x, axes, y: g.reshape(y, kept), cotangent: g.reshape(cotangent, kept) }
    return [g.expand(gradient(reduced), x.dims), null]
  })
}

/** Ties share the cotangent evenly, as in PyTorch's amax and amin. */
function extremum({ g, x, axes, y, cotangent }: Reduced): Value {
  const wins = g.cast(g.equal(x, y), x.dtype)
  return g.mul(wins, g.div(cotangent, g.reduceSum(wins, axes)))
}

export const reduceL1 = defineReduction('ReduceL1', ({ g, x, cotangent }) =>
  g.mul(cotangent, g.sign(x)),
)

/** x / |x|, and 0 where the norm is 0. */
export const reduceL2 = defineReduction('ReduceL2', ({ g, x, y, cotangent }) => {
  const zero = g.equal(y, g.scalarLike(y, 0))
  const safe = g.where(zero, g.scalarLike(y, 1), y)
  return g.mul(gate(g, g.not(zero), g.div(cotangent, safe)), x)
})

export const reduceLogSum = defineReduction('ReduceLogSum', ({ g, y, cotangent }) =>
  g.div(cotangent, g.exp(y)),
)

export const reduceLogSumExp = defineReduction('ReduceLogSumExp', ({ g, x, y, cotangent }) =>
  g.mul(cotangent, g.exp(g.sub(x, y))),
)

export const reduceMax = defineReduction('ReduceMax', extremum)

export const reduceMean = defineReduction('ReduceMean', ({ g, x, axes, cotangent }) =>
  g.scale(cotangent, 1 / product(axes.map((axis) => sizeAt(x.dims, axis)))),
)

export const reduceMin = defineReduction('ReduceMin', extremum)

export const reduceSum = defineReduction('ReduceSum', ({ cotangent }) => cotangent)

export const reduceSumSquare = defineReduction('ReduceSumSquare', ({ g, x, cotangent }) =>
  g.mul(cotangent, g.scale(x, 2)),
)

/** The sum up to a position is felt by every later position: the same sum from the other end. */
export const cumSum = defineVjp(
  'CumSum',
  ['x', 'axis'],
  ({ g, inputs: [x, axis], attributes, cotangent }) => [
    g.node('CumSum', [cotangent, axis], x.dims, {
      exclusive: attributes.int('exclusive', 0),
      reverse: 1 - attributes.int('reverse', 0),
    }),
    null,
  ],
)

/** Spreads over every spatial position. */
export const globalAveragePool = defineVjp(
  'GlobalAveragePool',
  ['x'],
  ({ g, inputs: [x], cotangent }) => [
    g.expand(g.scale(cotangent, 1 / product(x.dims.slice(2))), x.dims),
  ],
)

/** Goes to the first maximum of every channel. */
export const globalMaxPool = defineVjp('GlobalMaxPool', ['x'], ({ g, inputs: [x], cotangent }) => {
  const [batch = 1, channels = 1] = x.dims
  const flat = [batch, channels, product(range(2, x.dims.length).map((i) => sizeAt(x.dims, i)))]
  const one = [batch, channels, 1]
  const winner = g.node('ArgMax', [g.reshape(x, flat)], one, { axis: 2 }, 'int64')
  const zeros = g.zeros(flat, x.dtype)
  const spread = g.node('ScatterElements', [zeros, winner, g.reshape(cotangent, one)], flat, {
    axis: 2,
  })
  return [g.reshape(spread, x.dims)]
})
