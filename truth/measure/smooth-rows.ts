/**
 * @file The study's Gaussian, computed only where it is wanted. The same products and sums in the same
 * order as `src/core/tensor/smooth.ts`, and so the same numbers to the last bit, at half the cost.
 */

import { sigmaFromFwhm } from '../../src/core/tensor/smooth.ts'

/** FWHM of the study, in voxels. */
const SIGMA = sigmaFromFwhm(2)
/** The Gaussian is cut off beyond this many voxels: 4 sigma, rounded. */
export const REACH = Math.floor(4 * SIGMA + 0.5)

/** Of every row along x the first element that is wanted, and one past the last. */
interface Ranges {
  readonly first: Int32Array
  readonly last: Int32Array
}

export interface SmoothPlan {
  /** Slowest axis first. */
  readonly dims: readonly [number, number, number]
  /** What each pass must compute for the next one: along z, then y, then x. */
  readonly passes: readonly [Ranges, Ranges, Ranges]
}

/** `places`: the elements whose smoothed values are wanted. */
export function planSmoothing(
  dims: readonly [number, number, number],
  places: Uint32Array,
): SmoothPlan {
  const [nz, ny, nx] = dims
  const last = emptyRanges(nz * ny, nx)
  for (let n = 0; n < places.length; n++) {
    const at = places[n] as number
    widen(last, Math.floor(at / nx), at % nx, (at % nx) + 1)
  }
  const middle = emptyRanges(nz * ny, nx)
  const start = emptyRanges(nz * ny, nx)
  for (let row = 0; row < nz * ny; row++) {
    const [from, to] = [last.first[row] as number, last.last[row] as number]
    if (from < to) widen(middle, row, Math.max(from - REACH, 0), Math.min(to + REACH, nx))
  }
  for (let row = 0; row < nz * ny; row++) {
    const [from, to] = [middle.first[row] as number, middle.last[row] as number]
    if (from >= to) continue
    const j = row % ny
    const [low, high] = [Math.max(j - REACH, 0), Math.min(j + REACH, ny - 1)]
    for (let other = low; other <= high; other++) widen(start, row - j + other, from, to)
  }
  return { dims, passes: [start, middle, last] }
}

/** The smoothed values; right at the wanted places alone. Mirrored at the border. */
export function smoothRows(data: Float32Array, { dims, passes }: SmoothPlan): Float32Array {
  const [nz, ny, nx] = dims
  const [alongZ, alongY, alongX] = passes
  const kernel = gaussian()
  const first = smoothAcross(data, nx, alongZ, kernel, (row, step) => {
    const j = row % ny
    return mirrored((row - j) / ny + step, nz) * ny + j
  })
  const second = smoothAcross(first, nx, alongY, kernel, (row, step) => {
    const j = row % ny
    return row - j + mirrored(j + step, ny)
  })
  return smoothAlong(second, nx, alongX, kernel)
}

function smoothAcross(
  data: Float32Array,
  nx: number,
  { first, last }: Ranges,
  kernel: Float64Array,
  neighbour: (row: number, step: number) => number,
): Float32Array {
  const result = new Float32Array(data.length)
  const sums = new Float64Array(nx)
  for (let row = 0; row < first.length; row++) {
    const [from, to] = [first[row] as number, last[row] as number]
    if (from >= to) continue
    sums.fill(0, from, to)
    for (let k = 0; k < kernel.length; k++) {
      const start = neighbour(row, k - REACH) * nx
      addRange(sums, data, start, from, to, kernel[k] as number)
    }
    const start = row * nx
    for (let i = from; i < to; i++) result[start + i] = sums[i] as number
  }
  return result
}

function addRange(
  sums: Float64Array,
  data: Float32Array,
  start: number,
  from: number,
  to: number,
  weight: number,
): void {
  for (let i = from; i < to; i++) {
    sums[i] = (sums[i] as number) + weight * (data[start + i] as number)
  }
}

function smoothAlong(
  data: Float32Array,
  nx: number,
  { first, last }: Ranges,
  kernel: Float64Array,
): Float32Array {
  const result = new Float32Array(data.length)
  const source = Int32Array.from({ length: nx + 2 * REACH }, (_, n) => mirrored(n - REACH, nx))
  const line = new Float64Array(source.length)
  for (let row = 0; row < first.length; row++) {
    const [from, to] = [first[row] as number, last[row] as number]
    if (from >= to) continue
    const start = row * nx
    for (let n = from; n < to + 2 * REACH; n++) {
      line[n] = data[start + (source[n] as number)] as number
    }
    for (let i = from; i < to; i++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (line[i + k] as number)
      }
      result[start + i] = sum
    }
  }
  return result
}

function gaussian(): Float64Array {
  const kernel = Float64Array.from({ length: 2 * REACH + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - REACH) / SIGMA) ** 2),
  )
  const total = kernel.reduce((a, b) => a + b, 0)
  return kernel.map((weight) => weight / total)
}

/** The element that a mirror at the border shows: d c b a | a b c d. */
function mirrored(position: number, size: number): number {
  const period = 2 * size
  const place = ((position % period) + period) % period
  return place < size ? place : period - 1 - place
}

function emptyRanges(rows: number, nx: number): Ranges {
  return { first: new Int32Array(rows).fill(nx), last: new Int32Array(rows) }
}

function widen({ first, last }: Ranges, row: number, from: number, to: number): void {
  if (from < (first[row] as number)) first[row] = from
  if (to > (last[row] as number)) last[row] = to
}
