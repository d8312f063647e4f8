/** @file The intensities an image is first shown with. */

import type { VolumeData } from '../rpc/volume-api.ts'

const windows = new WeakMap<VolumeData, readonly [number, number]>()

/**
 * From the smallest value to the 99.5th percentile of the voxels above it (a sample of 100 000), so that a few bright voxels do not darken the rest; cached per volume.
 */
export function robustWindow(volume: VolumeData): readonly [number, number] {
  const known = windows.get(volume)
  if (known) return known
  let min = Number.POSITIVE_INFINITY
  for (const value of volume.data) if (value < min) min = value
  const sample: number[] = []
  const stride = Math.max(1, Math.floor(volume.data.length / 100_000))
  for (let at = 0; at < volume.data.length; at += stride) {
    const value = volume.data[at] ?? 0
    if (value > min) sample.push(value)
  }
  const ascending = Float32Array.from(sample).sort()
  const high = ascending[Math.floor(0.995 * (ascending.length - 1))] ?? min + 1
  const window: readonly [number, number] = [min, high > min ? high : min + 1]
  windows.set(volume, window)
  return window
}
