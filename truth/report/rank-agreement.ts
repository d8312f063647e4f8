/** @file How sure a rank correlation of a few methods is. */

import { rankCorrelation } from '../../src/core/tensor/correlation.ts'
import { createRandom } from '../../src/core/tensor/random.ts'

/** Beyond this many pairs orders are drawn instead of counted. */
const MOST_COUNTED = 9
const DRAWN = 100_000
const SEED = 1
/** Correlations of equal orders differ by rounding. */
const ROUNDING = 1e-9

export function spearman(a: readonly number[], b: readonly number[]): number | null {
  return rankCorrelation(Float32Array.from(a), Float32Array.from(b))
}

/**
 * Fisher's 95 % interval of Spearman's correlation over n methods taken as a sample of methods, with
 * the variance 1.06 / (n - 3) of Fieller, Hartley and Pearson (1957); null below five.
 */
export function fisherInterval(rho: number, n: number): readonly [number, number] | null {
  if (n < 5) return null
  const z = Math.atanh(Math.min(Math.max(rho, -1 + ROUNDING), 1 - ROUNDING))
  const half = 1.959964 * Math.sqrt(1.06 / (n - 3))
  return [Math.tanh(z - half), Math.tanh(z + half)]
}

/** Share of all orders of `b` whose correlation with `a` is as far from 0: two-sided and exact. */
export function permutationP(a: readonly number[], b: readonly number[]): number | null {
  const rho = spearman(a, b)
  if (rho === null) return null
  const [x, y] = [ranksOf(a), ranksOf(b)]
  const sum = x.reduce((total, rank) => total + rank, 0)
  const scatter = (ranks: readonly number[]) =>
    Math.sqrt(ranks.reduce((total, rank) => total + rank * rank, 0) - (sum * sum) / x.length)
  const scale = scatter(x) * scatter(y)
  const wanted = Math.abs(rho) - ROUNDING
  let far = 0
  let all = 0
  const count = (order: readonly number[]) => {
    let products = 0
    for (let n = 0; n < x.length; n++) products += (x[n] as number) * (order[n] as number)
    all += 1
    if (Math.abs(products - (sum * sum) / x.length) / scale >= wanted) far += 1
  }
  if (x.length <= MOST_COUNTED) forEachOrder(y, count)
  else drawOrders(y, count)
  return far / all
}

/** From 1; equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}

/** Heap's algorithm. */
function forEachOrder(values: readonly number[], visit: (order: readonly number[]) => void): void {
  const order = [...values]
  const swap = (i: number, j: number) => {
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
  const go = (size: number): void => {
    if (size <= 1) {
      visit(order)
      return
    }
    for (let i = 0; i < size; i++) {
      go(size - 1)
      if (i + 1 < size) swap(size % 2 === 0 ? i : 0, size - 1)
    }
  }
  go(order.length)
}

function drawOrders(values: readonly number[], visit: (order: readonly number[]) => void): void {
  const random = createRandom(SEED)
  const order = [...values]
  for (let n = 0; n < DRAWN; n++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.integer(i + 1)
      const kept = order[i] as number
      order[i] = order[j] as number
      order[j] = kept
    }
    visit(order)
  }
}
