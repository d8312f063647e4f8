/** @file Where occlusion puts its windows. */

import { Failure } from '../failure.ts'
import { formatDims } from '../tensor/arithmetic.ts'
import { elementCount } from '../tensor/tensor.ts'

/** Per spatial axis the first element and one past the last. */
export interface Window {
  readonly start: readonly number[]
  readonly end: readonly number[]
}

export interface WindowPlan {
  readonly rows: number
  readonly channels: number
  readonly spatial: readonly number[]
  /** Elements of one channel. */
  readonly size: number
  readonly windows: readonly Window[]
  /** How many windows cover each position of one channel. */
  readonly counts: Uint32Array
}

/**
 * Windows over the axes after batch and channels; over the features of (N, F) and the elements of a
 * rank below. Per axis ceil((size - window) / stride) + 1 windows start at multiples of the stride,
 * and the last is clipped at the border; a window larger than an axis covers it once.
 */
export function planWindows(
  dims: readonly number[],
  window: readonly number[],
  stride: readonly number[],
): WindowPlan {
  const { spatial, lengths, steps } = checkWindows(dims, window, stride)
  const intervals = spatial.map((size, axis) => {
    const length = lengths[axis] ?? 1
    const step = steps[axis] ?? 1
    return Array.from({ length: countAlong(size, length, step) }, (_, i) => ({
      start: i * step,
      end: Math.min(i * step + length, size),
    }))
  })
  return {
    rows: dims[0] ?? 1,
    channels: dims.length > 2 ? (dims[1] ?? 1) : 1,
    spatial,
    size: elementCount(spatial),
    windows: product(intervals),
    counts: coverage(spatial, intervals),
  }
}

/**
 * Window and stride along every spatial axis, a window at most as long as its axis.
 * @throws Failure 'bad-request' where they are not one per axis, or would leave voxels out
 */
export function checkWindows(
  dims: readonly number[],
  window: readonly number[],
  stride: readonly number[],
) {
  const spatial = spatialSizes(dims)
  const steps = perAxis('stride', stride, spatial)
  const lengths = perAxis('window', window, spatial).map((length, axis) =>
    Math.min(length, spatial[axis] ?? 1),
  )
  for (const [axis, length] of lengths.entries()) {
    const step = steps[axis] ?? 1
    if (step <= length || length === spatial[axis]) continue
    throw new Failure(
      'bad-request',
      `occlusion: a stride of ${step} is larger than the window of ${length}, so some voxels would never be hidden; use a stride of at most ${length}`,
    )
  }
  return { spatial, lengths, steps }
}

/** How many windows `planWindows` would make; never throws, for estimates while options are typed. */
export function countWindows(
  dims: readonly number[],
  window: readonly number[],
  stride: readonly number[],
): number {
  return spatialSizes(dims).reduce((count, size, axis) => {
    const length = Math.min(window[axis] ?? window[0] ?? 1, size)
    return count * countAlong(size, length, stride[axis] ?? stride[0] ?? 1)
  }, 1)
}

function spatialSizes(dims: readonly number[]): readonly number[] {
  return dims.length > 2 ? dims.slice(2) : [dims[1] ?? 1]
}

function countAlong(size: number, length: number, step: number): number {
  return Math.ceil((size - length) / step) + 1
}

interface Interval {
  readonly start: number
  readonly end: number
}

/** Every combination of one interval per axis, last axis fastest. */
function product(intervals: readonly (readonly Interval[])[]): readonly Window[] {
  return intervals.reduce<readonly Window[]>(
    (windows, axis) =>
      windows.flatMap(({ start, end }) =>
        axis.map((interval) => ({
          start: [...start, interval.start],
          end: [...end, interval.end],
        })),
      ),
    [{ start: [], end: [] }],
  )
}

/** The number of windows over a position is the product of the numbers along each axis. */
function coverage(
  spatial: readonly number[],
  intervals: readonly (readonly Interval[])[],
): Uint32Array {
  return spatial.reduce((before, size, axis) => {
    const along = new Uint32Array(size)
    for (const { start, end } of intervals[axis] ?? []) {
      for (let i = start; i < end; i++) along[i] = (along[i] ?? 0) + 1
    }
    const counts = new Uint32Array(before.length * size)
    for (let i = 0; i < counts.length; i++) {
      counts[i] = (before[Math.floor(i / size)] ?? 0) * (along[i % size] ?? 0)
    }
    return counts
  }, Uint32Array.of(1))
}

function perAxis(
  name: string,
  extent: readonly number[],
  spatial: readonly number[],
): readonly number[] {
  if (extent.length === spatial.length) return extent
  if (extent.length === 1) return spatial.map(() => extent[0] ?? 1)
  throw new Failure(
    'bad-request',
    `occlusion: option '${name}' has ${extent.length} numbers, but the input has ${spatial.length} spatial axes (${formatDims(spatial)}): give one number or ${spatial.length}`,
  )
}
