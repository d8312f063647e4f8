/** @file Numbers about an image: range, moments, percentiles, histogram. Sums are in double precision. */

export interface Range {
  readonly min: number
  readonly max: number
  /** Index of the first maximum. */
  readonly maxIndex: number
}

/** Of no values: 0, 0, index 0. */
export function rangeOf(data: ArrayLike<number>): Range {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let maxIndex = 0
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    if (value < min) min = value
    if (value > max) {
      max = value
      maxIndex = i
    }
  }
  return data.length === 0 ? { min: 0, max: 0, maxIndex } : { min, max, maxIndex }
}

/** Mean and standard deviation of the population (divided by n), in two passes. Of no values: 0, 0. */
export function momentsOf(data: ArrayLike<number>): {
  readonly mean: number
  readonly std: number
} {
  const count = data.length
  if (count === 0) return { mean: 0, std: 0 }
  let sum = 0
  for (let i = 0; i < count; i++) sum += data[i] ?? 0
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < count; i++) squares += ((data[i] ?? 0) - mean) ** 2
  return { mean, std: Math.sqrt(squares / count) }
}

/**
 * Percentiles (0 to 100) with linear interpolation between order statistics: position
 * p / 100 * (n - 1), as numpy.percentile. Selection, not a sort: the copy is only partly ordered.
 */
export function percentilesOf(data: Float32Array, percents: readonly number[]): number[] {
  const values = data.slice()
  const last = values.length - 1
  if (last < 0) return percents.map(() => 0)
  return percents.map((percent) => {
    const place = (Math.min(Math.max(percent, 0), 100) / 100) * last
    const below = Math.floor(place)
    const low = select(values, below)
    if (place === below) return low
    return low + (minimumFrom(values, below + 1) - low) * (place - below)
  })
}

/** Counts in `bins` equal bins from min to max; the maximum falls in the last. */
export function histogramOf(
  data: ArrayLike<number>,
  bins: number,
  { min, max }: { readonly min: number; readonly max: number },
): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(bins)
  const scale = max > min ? bins / (max - min) : 0
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    if (value < min || value > max) continue
    const bin = Math.min(Math.floor((value - min) * scale), bins - 1)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

/** Hoare's selection: afterwards values[rank] is what a sort would put there, smaller before it. */
function select(values: Float32Array, rank: number): number {
  let left = 0
  let right = values.length - 1
  while (left < right) {
    const pivot = middleOf(values[left] ?? 0, values[(left + right) >>> 1] ?? 0, values[right] ?? 0)
    let i = left
    let j = right
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++
      while ((values[j] ?? 0) > pivot) j--
      if (i > j) break
      const swap = values[i] ?? 0
      values[i++] = values[j] ?? 0
      values[j--] = swap
    }
    if (rank <= j) right = j
    else if (rank >= i) left = i
    else break
  }
  return values[rank] ?? 0
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

function minimumFrom(values: Float32Array, start: number): number {
  let least = values[start] ?? 0
  for (let i = start + 1; i < values.length; i++) least = Math.min(least, values[i] ?? 0)
  return least
}
