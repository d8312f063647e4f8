/** @file Elementwise work on tensors. Nothing here changes its arguments unless its name says so. */

import { Failure } from '../failure.ts'
import { elementCount, type Tensor, type Tensors } from './tensor.ts'

export function filled(dims: readonly number[], value: number): Tensor {
  return { dims, data: new Float32Array(elementCount(dims)).fill(value) }
}

export function zerosLike({ dims }: Tensor): Tensor {
  return filled(dims, 0)
}

export function copyTensor({ dims, data }: Tensor): Tensor {
  return { dims, data: data.slice() }
}

/** `a + fraction * (b - a)`, elementwise; exactly `b` where fraction is 1. */
export function lerp(a: Tensor, b: Tensor, fraction: number): Tensor {
  assertSameDims(a, b)
  const { dims, data: from } = a
  const { data: to } = b
  const result = new Float32Array(from.length)
  for (let i = 0; i < result.length; i++) {
    result[i] = (1 - fraction) * (from[i] ?? 0) + fraction * (to[i] ?? 0)
  }
  return { dims, data: result }
}

/** `accumulator += scale * tensor`; the accumulator is float64 so that many steps do not drift. */
export function addScaledInto(accumulator: Float64Array, tensor: Tensor, scale: number): void {
  const { data } = tensor
  for (let i = 0; i < data.length; i++) {
    accumulator[i] = (accumulator[i] ?? 0) + scale * (data[i] ?? 0)
  }
}

/** `sums / count` in float32. A plain loop: Float32Array.from with a function takes a hundred times as long. */
export function divide(sums: Float64Array, count: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(sums.length)
  for (let i = 0; i < result.length; i++) result[i] = (sums[i] ?? 0) / count
  return result
}

export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** For people: "1x1x96x96x96"; a scalar is "scalar". */
export function formatDims(dims: readonly number[]): string {
  return dims.length === 0 ? 'scalar' : dims.join('x')
}

/**
 * Sum over all tensors for each of `rows` batch rows, in float64. The first axis of every tensor
 * is the batch. With one row everything belongs to it, whatever the first axis is; null where the
 * axes do not fit the number of rows.
 */
export function rowSums(tensors: Tensors, rows: number): readonly number[] | null {
  if (rows !== 1 && tensors.some(({ dims }) => dims[0] !== rows)) return null
  const sums = new Float64Array(rows)
  for (const { data } of tensors) {
    const stride = data.length / rows
    for (let row = 0; row < rows; row++) {
      let sum = 0
      for (let i = row * stride; i < (row + 1) * stride; i++) sum += data[i] ?? 0
      sums[row] = (sums[row] ?? 0) + sum
    }
  }
  return Array.from(sums)
}

function assertSameDims(a: Tensor, b: Tensor): void {
  if (sameDims(a.dims, b.dims)) return
  throw new Failure(
    'shape-mismatch',
    `two tensors must have the same shape, but one is ${formatDims(a.dims)} and the other ${formatDims(b.dims)}`,
  )
}
