/** @file Random numbers by position: the same bits here and in counter_random.py, which says how. */

import { elementCount, type Tensor } from '../../src/core/tensor/tensor.ts'

/** Number `index` of the stream `seed`: 32 random bits. */
export function hash32(seed: number, index: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + seed) | 0
  x ^= x >>> 16
  x = Math.imul(x, 0x7feb352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** Numbers in [low, high), computed in float64. */
export function uniform(seed: number, dims: readonly number[], low: number, high: number): Tensor {
  const data = new Float32Array(elementCount(dims))
  const span = high - low
  for (let i = 0; i < data.length; i++) data[i] = (hash32(seed, i) + 0.5) * 2 ** -32 * span + low
  return { dims, data }
}
