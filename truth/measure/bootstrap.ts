/** @file Means of samples with their bootstrap intervals. */

import { createRandom, type Random } from '../../src/core/tensor/random.ts'

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
  const interval = bootstrap((random) => {
    let sum = 0
    for (let n = 0; n < count; n++) sum += values[random.integer(count)] as number
    return sum / count
  }, resamples)
  return { mean: meanOf(values), ...interval, count }
}

/** A value of one network (say) on one case. */
export interface CrossedValue {
  readonly row: number
  readonly column: number
  readonly value: number
}

/**
 * The same of values with two sources of chance: rows and columns are drawn with replacement, each by
 * itself, and a mean is over what the drawn rows have in the drawn columns (the pigeonhole bootstrap,
 * Owen 2007, arXiv 0712.1111). Combinations that are absent are left out.
 */
export function bootstrapCrossed(values: readonly CrossedValue[]): Estimate | null {
  if (values.length === 0) return null
  const rows = [...new Set(values.map(({ row }) => row))]
  const columns = [...new Set(values.map(({ column }) => column))]
  const table = rows.map((row) =>
    columns.map(
      (column) => values.find((one) => one.row === row && one.column === column)?.value ?? null,
    ),
  )
  const mean = meanOf(values.map(({ value }) => value))
  const interval = bootstrap((random) => {
    const drawn = columns.map(() => random.integer(columns.length))
    let sum = 0
    let count = 0
    for (let n = 0; n < rows.length; n++) {
      const row = table[random.integer(rows.length)] ?? []
      for (const at of drawn) {
        const value = row[at] ?? null
        if (value === null) continue
        sum += value
        count += 1
      }
    }
    return count > 0 ? sum / count : mean
  })
  return { mean, ...interval, count: values.length }
}

/** Quantiles .025 and .975 of a statistic of samples that `draw` makes with the given source. */
export function bootstrap(
  draw: (random: Random) => number,
  resamples = RESAMPLES,
): Pick<Estimate, 'high' | 'low'> {
  const random = createRandom(SEED)
  const drawn = Float64Array.from({ length: resamples }, () => draw(random)).sort()
  return { low: quantileOf(drawn, 0.025), high: quantileOf(drawn, 0.975) }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

/** Linear interpolation at (n - 1) * fraction of rising values. */
export function quantileOf(ascending: Float64Array, fraction: number): number {
  const position = (ascending.length - 1) * fraction
  const below = Math.floor(position)
  const low = ascending[below] ?? Number.NaN
  const high = ascending[below + 1] ?? low
  return low + (position - below) * (high - low)
}
