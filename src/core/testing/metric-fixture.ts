/** @file Numbers of scikit-learn, NumPy and SciPy, written by parity/make_metrics.py. */

import { readFileSync } from 'node:fs'

export interface MetricFixture {
  readonly ranking: readonly {
    readonly name: string
    readonly map: readonly number[]
    readonly truth: readonly number[]
    readonly rocAuc: number
    readonly averagePrecision: number
    readonly bestDice: number
    readonly percentiles: readonly number[]
    readonly values: readonly number[]
    readonly massAccuracy: number
    /** null where ties leave it open. */
    readonly rankAccuracy: number | null
  }[]
  readonly smoothing: readonly {
    readonly dims: readonly number[]
    readonly sigma: number
    readonly map: readonly number[]
    readonly expected: readonly number[]
  }[]
  readonly distance: readonly {
    readonly dims: readonly number[]
    readonly mask: readonly number[]
    readonly squared: readonly number[]
    readonly centre: readonly number[]
  }[]
}

export function readMetricFixture(): MetricFixture {
  const path = new URL('../../../parity/fixtures/metrics.json', import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as MetricFixture
}
