/** @file VJP rules of reductions over axes. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { normaliseAxis, product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { isBlocked } from '../lowering/blocked-layout.ts'
import { emitScaled, emitSpread } from '../lowering/channel-gates.ts'
import { defineVjp, type VjpRule } from '../rule.ts'
import { knownIntegers, reductionAxes } from './known-integers.ts'
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

/** The product of the others: with one 0 only that entry has a slope, with two none. */
export const reduceProd = defineReduction('ReduceProd', ({ g, x, axes, cotangent }) => {
  const [zero, one] = [g.scalarLike(x, 0), g.scalarLike(x, 1)]
  const isZero = g.equal(x, zero)
  const safe = g.where(isZero, one, x)
  const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const product =
    axes.length === 0 ? safe : g.node('ReduceProd', [safe, g.ints(axes)], kept, { keepdims: 1 })
  const zeros = g.reduceSum(g.cast(isZero, x.dtype), axes)
  const ofZero = g.where(g.equal(zeros, one), product, zero)
  const ofOthers = g.where(g.equal(zeros, zero), g.div(product, safe), zero)
  return g.mul(cotangent, g.where(isZero, ofZero, ofOthers))
})

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

/**
 * The product up to a position, less its own factor, for every pair of positions: exact where factors
 * are 0, at the cost of n values for each of the n positions.
 */
export const cumProd = defineVjp(
  'CumProd',
  ['x', 'axis'],
  ({ g, node, inputs: [x, axisInput], attributes, cotangent }) => {
    const rank = x.dims.length
    const [given = 0] = knownIntegers(g, node, 'axis', axisInput) ?? []
    const axis = normaliseAxis(given, rank)
    const n = sizeAt(x.dims, axis)
    const exclusive = attributes.int('exclusive', 0)
    const reverse = attributes.int('reverse', 0)
    // A new axis for the factor that is left out, before the axis of the products.
    const dims = x.dims.toSpliced(axis, 0, n)
    const square = dims.map((_, each) => (each === axis || each === axis + 1 ? n : 1))
    const where = (holds: (left: number, at: number) => boolean) => {
      const numbers = range(0, n * n).map((i) => Number(holds(Math.floor(i / n), i % n)))
      return g.greater(g.numbers(square, numbers, x.dtype), g.scalarLike(x, 0))
    }
    const row = (value: Value) => g.reshape(value, x.dims.toSpliced(axis, 0, 1))
    const isOwn = where((left, at) => left === at)
    const others = g.where(isOwn, g.scalarLike(x, 1), g.expand(row(x), dims))
    const products = g.node('CumProd', [others, g.scalar(axis + 1, 'int64')], dims, {
      exclusive,
      reverse,
    })
    const isFactor = where((left, at) =>
      exclusive !== 0 && left === at ? false : reverse === 0 ? left <= at : left >= at,
    )
    const terms = gate(g, isFactor, g.mul(products, row(cotangent)))
    return [g.reshape(g.reduceSum(terms, [axis + 1]), x.dims), null]
  },
)

/** Spreads over every spatial position. */
export const globalAveragePool = defineVjp(
  'GlobalAveragePool',
  ['x'],
  ({ g, traits, inputs: [x], cotangent }) => {
    const share = 1 / product(x.dims.slice(2))
    const isInBlocks = isBlocked(g, traits, x) && isBlocked(g, traits, cotangent)
    return [
      isInBlocks
        ? emitSpread(g, emitScaled(g, cotangent, share), x)
        : g.expand(g.scale(cotangent, share), x.dims),
    ]
  },
)

/** y = (sum |x|^p)^(1/p) over every channel: slope sign(x) (|x| / y)^(p - 1), 0 where y is. */
export const globalLpPool = defineVjp(
  'GlobalLpPool',
  ['x'],
  ({ g, inputs: [x], y, attributes, cotangent }) => {
    const p = attributes.int('p', 2)
    return [g.mul(lpSlope(g, x, p), lpShare(g, y, p, cotangent))]
  },
)

/** sign(x) |x|^(p - 1) */
export function lpSlope(g: GraphBuilder, x: Value, p: number): Value {
  if (p === 1) return g.sign(x)
  if (p === 2) return x
  return g.mul(g.sign(x), g.pow(g.abs(x), g.scalarLike(x, p - 1)))
}

/** cotangent / y^(p - 1), and 0 where y is 0. */
export function lpShare(g: GraphBuilder, y: Value, p: number, cotangent: Value): Value {
  if (p === 1) return cotangent
  const zero = g.equal(y, g.scalarLike(y, 0))
  const safe = g.where(zero, g.scalarLike(y, 1), y)
  const power = p === 2 ? safe : g.pow(safe, g.scalarLike(y, p - 1))
  return gate(g, g.not(zero), g.div(cotangent, power))
}

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
