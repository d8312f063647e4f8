/** @file Small constant arrays as plain numbers, for folding the integer plumbing around shapes. */

import { Failure } from '../../failure.ts'
import { numberTensor, readNumbers } from '../constants.ts'
import type { ConstantTensor, DType, Node } from '../ir.ts'

export interface SmallArray {
  readonly dtype: DType
  readonly dims: readonly number[]
  /** C order. */
  readonly values: readonly number[]
}

/**
 * Computes the only output of a node from its inputs (undefined where omitted), or null when this
 * form of the operator is left to the runtime.
 */
export type Evaluate = (
  inputs: readonly (SmallArray | undefined)[],
  node: Node,
) => SmallArray | null

export function fromTensor(tensor: ConstantTensor): SmallArray {
  return { dtype: tensor.dtype, dims: tensor.dims, values: readNumbers(tensor) }
}

export function toTensor({ dtype, values, dims }: SmallArray): ConstantTensor {
  return numberTensor(dtype, values, dims)
}

export function count(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}

/** Elements between neighbours along each axis, C order. */
export function strides(dims: readonly number[]): number[] {
  const result = dims.map(() => 1)
  for (let axis = dims.length - 2; axis >= 0; axis -= 1) {
    result[axis] = (result[axis + 1] ?? 1) * (dims[axis + 1] ?? 1)
  }
  return result
}

/** An array of `dims` whose element at every index is what `pick` says. */
export function generate(
  dtype: DType,
  dims: readonly number[],
  pick: (index: readonly number[]) => number,
): SmallArray {
  const index = dims.map(() => 0)
  const values = Array.from({ length: count(dims) }, () => {
    const value = pick(index)
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] ?? 0) + 1
      if ((index[axis] ?? 0) < (dims[axis] ?? 0)) break
      index[axis] = 0
    }
    return value
  })
  return { dtype, dims, values }
}

/** Element at an index, where axes of size 1 repeat (ONNX broadcasting, aligned at the end). */
export function broadcastReader(array: SmallArray): (index: readonly number[]) => number {
  const steps = strides(array.dims).map((step, axis) => (array.dims[axis] === 1 ? 0 : step))
  return (index) => {
    const shift = index.length - steps.length
    const offset = steps.reduce((sum, step, axis) => sum + step * (index[axis + shift] ?? 0), 0)
    return element(array.values, offset)
  }
}

export function element(values: readonly number[], offset: number): number {
  const value = values[offset]
  if (value === undefined)
    throw new Failure('bad-file', `Constant index ${offset} is out of range.`)
  return value
}

export function resolveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}
