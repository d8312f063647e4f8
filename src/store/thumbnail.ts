/** @file A small picture of a run: the axial slice through the map's maximum. */

import type { VolumeData } from '../rpc/volume-api.ts'

export interface Thumbnail {
  readonly width: number
  readonly height: number
  /** Image grey, 0 to 255. Row 0 is the top: the largest j. */
  readonly grey: Uint8ClampedArray<ArrayBuffer>
  /** Map, −255 to 255 at the 99th percentile of the slice's magnitude, so that outliers do not hide the rest. */
  readonly heat: Int16Array<ArrayBuffer>
}

/** Slices image and map at plane k; both in the order of the volume (i fastest). */
export function sliceThumbnail(
  image: VolumeData,
  map: Float32Array,
  k: number,
  window: readonly [number, number],
): Thumbnail {
  const [nx, ny] = image.dims
  const grey = new Uint8ClampedArray(nx * ny)
  const heat = new Int16Array(nx * ny)
  const [low, high] = window
  const span = high > low ? high - low : 1
  const limit = strongOf(map.subarray(nx * ny * k, nx * ny * (k + 1)))
  const scale = limit > 0 ? 255 / limit : 0
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const from = i + nx * (j + ny * k)
      const to = i + nx * (ny - 1 - j)
      grey[to] = (255 * ((image.data[from] ?? 0) - low)) / span
      heat[to] = Math.max(-255, Math.min(255, Math.round((map[from] ?? 0) * scale)))
    }
  }
  return { width: nx, height: ny, grey, heat }
}

function strongOf(slice: Float32Array): number {
  const ascending = slice.map(Math.abs).sort()
  return ascending[Math.floor(0.99 * (ascending.length - 1))] || (ascending.at(-1) ?? 0)
}
