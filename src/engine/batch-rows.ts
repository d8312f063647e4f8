/** @file Splits a batch into its rows, and joins what comes back. */

import type { Target } from '../core/attribution/method.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import type { ModelInput } from './model-inputs.ts'

/** A model whose file fixes the batch at 1, given more rows: how many runs that makes. */
export function countSeparateRows(declared: readonly ModelInput[], inputs: Tensors): number {
  const isFixed = declared.length > 0 && declared.every(({ dims }) => dims[0] === 1)
  return isFixed ? (inputs[0]?.dims[0] ?? 1) : 1
}

/** Row `row` of `rows` equal parts along the first axis; a view. */
export function rowOf({ data, dims }: Tensor, row: number, rows: number): Tensor {
  const stride = data.length / rows
  return {
    data: data.subarray(row * stride, (row + 1) * stride),
    dims: dims.map((size, axis) => (axis === 0 ? size / rows : size)),
  }
}

export function targetRow(target: Target, row: number, rows: number): Target {
  return { ...target, weights: rowOf(target.weights, row, rows) }
}

/** Along the first axis; values without axes become one axis. */
export function joinRows(parts: Tensors): Tensor {
  const [first] = parts
  if (!first || parts.length === 1) return first ?? { data: new Float32Array(0), dims: [0] }
  const data = new Float32Array(parts.reduce((total, part) => total + part.data.length, 0))
  let offset = 0
  for (const part of parts) {
    data.set(part.data, offset)
    offset += part.data.length
  }
  const count = parts.reduce((total, { dims }) => total + (dims[0] ?? 1), 0)
  return { data, dims: [count, ...first.dims.slice(1)] }
}
