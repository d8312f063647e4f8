/** @file The mean of a sample with its bootstrap interval. */

import { createRandom } from '../../src/core/tensor/random.ts'

export interface Estimate {
  readonly mean: number
  /** 95 % percentile interval. */
  readonly low: number
  readonly high: number
  readonly count: number
}

const RESAMPLES = 2000
const SEED = 2508_02560

/**
 * Efron's percentile bootstrap of the mean: quantiles .025 and .975, linear in between, of the
 * means of `resamples` samples drawn with replacement. Seeded: equal values, equal interval. Null of
 * nothing.
 */
export function bootstrapMean(values: readonly number[], resamples = RESAMPLES): Estimate | null {
  const count = values.length
  if (count === 0) return null
  const mean = values.reduce((a, b) => a + b, 0) / count
  const random = createRandom(SEED)
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0
    for (let n = 0; n < count; n++) sum += values[random.integer(count)] as number
    return sum / count
  }).sort()
  return { mean, low: quantileOf(means, 0.025), high: quantileOf(means, 0.975), count }
}

/** Linear interpolation at (n - 1) * fraction of rising values. */
export function quantileOf(ascending: Float64Array, fraction: number): number {
  const position = (ascending.length - 1) * fraction
  const below = Math.floor(position)
  const low = ascending[below] ?? Number.NaN
  const high = ascending[below + 1] ?? low
  return low + (position - below) * (high - low)
}
