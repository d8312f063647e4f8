/** @file The adjoint of a linear map along one axis, given as a matrix. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'

/** Row-major, `rows` x `columns`. */
export interface AxisMatrix {
  readonly rows: number
  readonly columns: number
  readonly entries: Float32Array
}

export function createAxisMatrix(rows: number, columns: number): AxisMatrix {
  return { rows, columns, entries: new Float32Array(rows * columns) }
}

/** The matrix whose row i picks column `source[i]`. */
export function selectionMatrix(source: readonly number[], columns: number): AxisMatrix {
  const matrix = createAxisMatrix(source.length, columns)
  for (const [row, column] of source.entries()) matrix.entries[row * columns + column] = 1
  return matrix
}

/** For y = M x along `axis`: sum over i of M[i, j] * cotangent[.., i, ..], as one MatMul. */
export function axisAdjoint(
  g: GraphBuilder,
  cotangent: Value,
  axis: number,
  matrix: AxisMatrix,
): Value {
  const { rows, columns, entries } = matrix
  const { dims, dtype } = cotangent
  const result = dims.with(axis, columns)
  const inner = product(dims.slice(axis + 1))
  const outer = product(dims.slice(0, axis))
  if (inner === 1) {
    const right = g.numbers([rows, columns], entries, dtype)
    return g.reshape(g.matmul(g.reshape(cotangent, [outer, rows]), right), result)
  }
  const left = g.numbers([columns, rows], transposed(matrix), dtype)
  const batched = g.reshape(cotangent, [outer, sizeAt(dims, axis), inner])
  return g.reshape(g.matmul(left, batched), result)
}

/** y = M x along `axis`, as one MatMul. */
export function axisProduct(g: GraphBuilder, x: Value, axis: number, matrix: AxisMatrix): Value {
  const { rows, columns } = matrix
  return axisAdjoint(g, x, axis, { rows: columns, columns: rows, entries: transposed(matrix) })
}

function transposed({ rows, columns, entries }: AxisMatrix): Float32Array {
  const result = new Float32Array(entries.length)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = entries[i * columns + j] ?? 0
  }
  return result
}
