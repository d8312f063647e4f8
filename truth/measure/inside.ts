/** @file A case as its measures need it: the voxels of the brain in a row, and the box around them. */

import { dilate } from './dilate.ts'
import { planSmoothing, REACH, type SmoothPlan, smoothRows } from './smooth-rows.ts'

/** Voxels by which the study grows the mask of an atlas region. */
const DILATION = 2

type Bytes = Uint8Array<ArrayBuffer>

export interface Inside {
  /** Where the voxels of the brain are in the volume, rising. */
  readonly places: Uint32Array
  /** One per brain voxel. */
  readonly truth: Bytes
  /** The truth grown by 2 voxels. */
  readonly wide: Bytes
  /** Where the voxels of the brain are in the box. */
  readonly boxPlaces: Uint32Array
  readonly smoothing: SmoothPlan
}

/** All on one grid of `dims`, x fastest. */
export function lookInside(
  brain: Bytes,
  truth: Bytes,
  dims: readonly [number, number, number],
): Inside {
  const grown = dilate(truth, dims, DILATION)
  const places = indicesOf(brain)
  const [nx, ny] = dims
  const low = [...dims]
  const high = [-1, -1, -1]
  const note = (axis: number, position: number): void => {
    low[axis] = Math.min(low[axis] as number, position)
    high[axis] = Math.max(high[axis] as number, position)
  }
  for (let n = 0; n < places.length; n++) {
    const at = places[n] as number
    note(0, at % nx)
    note(1, Math.floor(at / nx) % ny)
    note(2, Math.floor(at / (nx * ny)))
  }
  // What the Gaussian can reach beyond the brain is empty, or is beyond the border of the grid too.
  const first = low.map((value) => Math.max(value - REACH, 0))
  const sizes = high.map(
    (value, axis) => Math.min(value + REACH, (dims[axis] ?? 1) - 1) - (first[axis] ?? 0) + 1,
  )
  const [x0 = 0, y0 = 0, z0 = 0] = first
  const [bx = 1, by = 1, bz = 1] = sizes
  const inTruth = new Uint8Array(places.length)
  const inWide = new Uint8Array(places.length)
  const boxPlaces = new Uint32Array(places.length)
  for (let n = 0; n < places.length; n++) {
    const at = places[n] as number
    inTruth[n] = truth[at] as number
    inWide[n] = grown[at] as number
    const i = (at % nx) - x0
    const j = (Math.floor(at / nx) % ny) - y0
    boxPlaces[n] = i + bx * (j + by * (Math.floor(at / (nx * ny)) - z0))
  }
  const smoothing = planSmoothing([bz, by, bx], boxPlaces)
  return { places, truth: inTruth, wide: inWide, boxPlaces, smoothing }
}

function indicesOf(mask: Bytes): Uint32Array {
  const places = new Uint32Array(mask.length)
  let count = 0
  for (let at = 0; at < mask.length; at++) if (mask[at]) places[count++] = at
  return places.slice(0, count)
}

/** Magnitudes of a map at some places. Loops, because `from` is ten times as slow. */
export function magnitudesAt(map: Float32Array, places: Uint32Array): Float32Array<ArrayBuffer> {
  const values = gather(map, places)
  for (let n = 0; n < values.length; n++) values[n] = Math.abs(values[n] as number)
  return values
}

/** Those magnitudes after the study's Gaussian, which sees nothing outside the brain. */
export function smoothInside(
  magnitudes: Float32Array,
  { boxPlaces, smoothing }: Inside,
): Float32Array<ArrayBuffer> {
  const data = new Float32Array(smoothing.dims.reduce((a, b) => a * b, 1))
  for (let n = 0; n < boxPlaces.length; n++) {
    data[boxPlaces[n] as number] = magnitudes[n] as number
  }
  return gather(smoothRows(data, smoothing), boxPlaces)
}

/** Elements by their places. */
export function gather(values: Float32Array, places: Uint32Array): Float32Array<ArrayBuffer> {
  const gathered = new Float32Array(places.length)
  for (let n = 0; n < gathered.length; n++) gathered[n] = values[places[n] as number] as number
  return gathered
}
