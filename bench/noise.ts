import { createRandom } from '../src/core/tensor/random.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'

/** Standard normal numbers. */
export function noise(dims: readonly number[]): Tensor {
  const random = createRandom(7)
  const length = dims.reduce((a, b) => a * b, 1)
  return { dims, data: Float32Array.from({ length }, () => random.normal()) }
}
