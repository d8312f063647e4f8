/** @file Summaries of number sequences: range, mean, arg-max, quantiles, ranks. */

type Numbers = Float32Array | Float64Array

/** Smallest and largest of data[from..to); NaN is ignored; an empty or all-NaN range gives 0, 0. */
export function range(
  data: Numbers,
  from = 0,
  to = data.length,
): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < to; i++) {
    const value = data[i] ?? 0
    if (value < min) min = value
    if (value > max) max = value
  }
  return min <= max ? { min, max } : { min: 0, max: 0 }
}

/** Sum of data[from..to) in float64. */
export function sum(data: Numbers, from = 0, to = data.length): number {
  let total = 0
  for (let i = from; i < to; i++) total += data[i] ?? 0
  return total
}

/** Mean of data[from..to); 0 of nothing. */
export function mean(data: Numbers, from = 0, to = data.length): number {
  return to > from ? sum(data, from, to) / (to - from) : 0
}

/** Index of the first maximum of data[from..to), relative to `from`; -1 of nothing or only NaN. */
export function argmax(data: Numbers, from = 0, to = data.length): number {
  let best = Number.NEGATIVE_INFINITY
  let at = -1
  for (let i = from; i < to; i++) {
    const value = data[i] ?? 0
    if (value > best || (at < 0 && value === best)) {
      best = value
      at = i - from
    }
  }
  return at
}

export function countNonFinite(data: Numbers): number {
  let count = 0
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++
  return count
}

/**
 * Quantile by linear interpolation at (n - 1) * fraction (NumPy's default, Hyndman and Fan's type
 * 7); sorts a copy. `fraction` is 0 to 1.
 */
export function quantile(data: Float32Array, fraction: number): number {
  const ascending = data.slice().sort()
  const position = (ascending.length - 1) * Math.min(Math.max(fraction, 0), 1)
  const below = Math.floor(position)
  const low = ascending[below] ?? 0
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? low
  return low + (position - below) * (high - low)
}
