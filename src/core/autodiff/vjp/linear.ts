/** @file VJP rules of matrix products. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVjp } from '../rule.ts'

/** Y = alpha A' B' + beta C, where ' is an optional transposition. */
export const gemm = defineVjp(
  'Gemm',
  ['a', 'b', 'c?'],
  ({ g, inputs: [a, b], needs, attributes, cotangent }) => {
    const alpha: GemmScale = { kind: 'float', value: attributes.float('alpha', 1) }
    const transA = attributes.int('transA', 0) !== 0
    const transB = attributes.int('transB', 0) !== 0
    const product = (left: Value, tl: boolean, right: Value, tr: boolean) =>
      emitGemm(g, left, tl, right, tr, alpha)
    const forA = () =>
      transA ? product(b, transB, cotangent, true) : product(cotangent, false, b, !transB)
    const forB = () =>
      transB ? product(cotangent, true, a, transA) : product(a, !transA, cotangent, false)
    return [
      needs[0] ? forA() : null,
      needs[1] ? forB() : null,
      needs[2] ? g.scale(cotangent, attributes.float('beta', 1)) : null,
    ]
  },
)

interface GemmScale {
  readonly kind: 'float'
  readonly value: number
}

function emitGemm(
  g: GraphBuilder,
  a: Value,
  transA: boolean,
  b: Value,
  transB: boolean,
  alpha: GemmScale,
): Value {
  const dims = [sizeAt(a.dims, transA ? 1 : 0), sizeAt(b.dims, transB ? 0 : 1)]
  return g.node('Gemm', [a, b], dims, { alpha, transA: Number(transA), transB: Number(transB) })
}

/** NumPy's matrix product; a 1-D operand is a row (left) or a column (right). */
export const matMul = defineVjp('MatMul', ['a', 'b'], ({ g, inputs: [a, b], needs, cotangent }) => {
  const isRow = a.dims.length === 1
  const isColumn = b.dims.length === 1
  const left = isRow ? g.reshape(a, [1, ...a.dims]) : a
  const right = isColumn ? g.reshape(b, [...b.dims, 1]) : b
  const rows = isRow ? [1] : [sizeAt(left.dims, left.dims.length - 2)]
  const columns = isColumn ? [1] : [sizeAt(right.dims, right.dims.length - 1)]
  const kept = cotangent.dims.length - (isRow ? 0 : 1) - (isColumn ? 0 : 1)
  const full = g.reshape(cotangent, [...cotangent.dims.slice(0, kept), ...rows, ...columns])
  return [
    needs[0] ? dropAxis(g, timesTransposed(g, full, right), isRow, -2) : null,
    needs[1] ? dropAxis(g, g.matmul(swapLast(g, left), full), isColumn, -1) : null,
  ]
})

/**
 * a b' of matrices in the last two axes. Where b is one matrix, a Gemm reads it as it is: for a
 * transposed copy, or its own fusion, the runtime would reorder the run and hold more values.
 */
function timesTransposed(g: GraphBuilder, a: Value, b: Value): Value {
  if (b.dims.length !== 2 || a.dtype !== 'float32') return g.matmul(a, swapLast(g, b))
  const [inputs = 1, outputs = 1] = b.dims
  const rows = g.reshape(a, [product(a.dims.slice(0, -1)), outputs])
  const one: GemmScale = { kind: 'float', value: 1 }
  return g.reshape(emitGemm(g, rows, false, b, true, one), [...a.dims.slice(0, -1), inputs])
}

function swapLast(g: GraphBuilder, x: Value): Value {
  const rank = x.dims.length
  return g.transpose(x, [...range(0, rank - 2), rank - 1, rank - 2])
}

function dropAxis(g: GraphBuilder, x: Value, isVector: boolean, axis: number): Value {
  return isVector ? g.reshape(x, x.dims.toSpliced(axis, 1)) : x
}
