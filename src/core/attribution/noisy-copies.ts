/** @file Copies of an input with normal noise, row by row. */

import type { Random } from '../tensor/random.ts'
import { range } from '../tensor/statistics.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Standard deviation of the noise of each batch row: a share of the row's range. */
export function noisePerRow({ dims, data }: Tensor, noise: number): readonly number[] {
  const rows = dims[0] ?? 1
  const stride = data.length / rows
  return Array.from({ length: rows }, (_, row) => {
    const { min, max } = range(data, row * stride, (row + 1) * stride)
    return noise * (max - min)
  })
}

/** Deviates drawn at a time. */
const CHUNK = 4096

/** A copy with normal noise of these deviations, one per batch row. */
export function withNoise(
  { dims, data }: Tensor,
  deviations: readonly number[],
  random: Random,
): Tensor {
  const stride = data.length / deviations.length
  const noisy = new Float32Array(data.length)
  const buffer = new Float64Array(CHUNK)
  for (const [row, sigma] of deviations.entries()) {
    const end = (row + 1) * stride
    for (let from = row * stride; from < end; from += CHUNK) {
      const deviates = buffer.subarray(0, Math.min(CHUNK, end - from))
      random.fillNormal(deviates)
      for (let i = 0; i < deviates.length; i++) {
        noisy[from + i] = (data[from + i] ?? 0) + sigma * (deviates[i] ?? 0)
      }
    }
  }
  return { dims, data: noisy }
}
