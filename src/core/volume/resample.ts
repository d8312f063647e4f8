/**
 * @file An image on another grid. Conventions: voxel i's centre is at index i; between centres the
 * value is trilinear, or that of the nearest centre (ties go up); up to half a voxel beyond the
 * outermost centres the edge value is held; further out it is 0. No smoothing before downsampling.
 * Positions within 1e-4 of a centre count as on it, so equal grids are copied exactly.
 */

import { Failure } from '../failure.ts'
import { composeAffines, invertAffine, type Triple } from './affine.ts'
import type { Affine, Volume } from './volume.ts'

export interface Grid {
  readonly dims: Triple
  /** Voxel to millimetres. */
  readonly affine: Affine
}

export type Interpolation = 'nearest' | 'trilinear'

const tolerance = 1e-4

/** The volume's values at the voxel centres of `grid`. */
export function resample(
  volume: Volume,
  grid: Grid,
  interpolation: Interpolation,
): Float32Array<ArrayBuffer> {
  const inverse = invertAffine(volume.affine)
  if (inverse === null) {
    throw new Failure('bad-file', 'The affine of this image cannot be inverted; repair its header.')
  }
  const toVolume = composeAffines(inverse, grid.affine)
  const axes = alignedAxes(toVolume, grid.dims)
  if (axes === null) return resampleOblique(volume, grid.dims, toVolume, interpolation)
  const taps: Taps = [
    axisTaps(axes[0], volume.dims, grid.dims[0], interpolation),
    axisTaps(axes[1], volume.dims, grid.dims[1], interpolation),
    axisTaps(axes[2], volume.dims, grid.dims[2], interpolation),
  ]
  // Every centre on a centre: there is nothing to mix.
  const isExact = taps.every(({ weight }) => weight.every((share) => share === 0))
  return interpolation === 'nearest' || isExact
    ? gatherNearest(volume, grid.dims, taps)
    : gatherTrilinear(volume, grid.dims, taps)
}

/** One axis of the new grid runs along one axis of the old: old index = scale * new index + start. */
interface AlignedAxis {
  readonly old: number
  readonly scale: number
  readonly start: number
}

/** Null where some axis of the grid runs across the volume's axes by more than the tolerance. */
function alignedAxes(
  matrix: Affine,
  dims: Triple,
): readonly [AlignedAxis, AlignedAxis, AlignedAxis] | null {
  const entry = (old: number, fresh: number): number => matrix[old * 4 + fresh] ?? 0
  const find = (fresh: 0 | 1 | 2): AlignedAxis => {
    const sizes = [0, 1, 2].map((old) => Math.abs(entry(old, fresh)))
    const old = sizes.indexOf(Math.max(...sizes))
    return { old, scale: entry(old, fresh), start: entry(old, 3) }
  }
  const axes = [find(0), find(1), find(2)] as const
  if (new Set(axes.map(({ old }) => old)).size < 3) return null
  const strays = ([0, 1, 2] as const).some((fresh) =>
    [0, 1, 2].some(
      (old) =>
        old !== axes[fresh].old && Math.abs(entry(old, fresh)) * (dims[fresh] - 1) > tolerance,
    ),
  )
  return strays ? null : axes
}

/** For each index along a new axis: two offsets into the old data and the weight of the second. */
interface AxisTaps {
  readonly low: Int32Array
  readonly high: Int32Array
  readonly weight: Float64Array
  /** New indices first to last (exclusive) are inside the old image. */
  readonly first: number
  readonly last: number
}
type Taps = readonly [AxisTaps, AxisTaps, AxisTaps]

function axisTaps(
  { old, scale, start }: AlignedAxis,
  oldDims: Triple,
  count: number,
  interpolation: Interpolation,
): AxisTaps {
  const size = oldDims[old] ?? 1
  const stride = old === 0 ? 1 : old === 1 ? oldDims[0] : oldDims[0] * oldDims[1]
  const low = new Int32Array(count)
  const high = new Int32Array(count)
  const weight = new Float64Array(count)
  let first = count
  let last = 0
  for (let index = 0; index < count; index++) {
    const place = snap(scale * index + start)
    if (!isInside(place, size)) continue
    first = Math.min(first, index)
    last = index + 1
    const clamped = Math.min(Math.max(place, 0), size - 1)
    const below = Math.floor(clamped)
    const fraction = clamped - below
    if (interpolation === 'nearest') {
      low[index] = Math.min(Math.floor(clamped + 0.5), size - 1) * stride
      continue
    }
    low[index] = below * stride
    high[index] = Math.min(below + 1, size - 1) * stride
    weight[index] = fraction
  }
  return { low, high, weight, first, last }
}

function gatherNearest(
  { data }: Volume,
  [nx, ny, nz]: Triple,
  [x, y, z]: Taps,
): Float32Array<ArrayBuffer> {
  const output = new Float32Array(nx * ny * nz)
  for (let k = z.first; k < z.last; k++) {
    for (let j = y.first; j < y.last; j++) {
      const row = (z.low[k] ?? 0) + (y.low[j] ?? 0)
      const target = nx * (j + ny * k)
      for (let i = x.first; i < x.last; i++) output[target + i] = data[row + (x.low[i] ?? 0)] ?? 0
    }
  }
  return output
}

function gatherTrilinear(
  { data }: Volume,
  [nx, ny, nz]: Triple,
  [x, y, z]: Taps,
): Float32Array<ArrayBuffer> {
  const output = new Float32Array(nx * ny * nz)
  const { low, high, weight, first, last } = x
  for (let k = z.first; k < z.last; k++) {
    const [z0, z1, wz] = [z.low[k] ?? 0, z.high[k] ?? 0, z.weight[k] ?? 0]
    for (let j = y.first; j < y.last; j++) {
      const [y0, y1, wy] = [y.low[j] ?? 0, y.high[j] ?? 0, y.weight[j] ?? 0]
      const [r00, r01, r10, r11] = [z0 + y0, z0 + y1, z1 + y0, z1 + y1]
      const target = nx * (j + ny * k)
      for (let i = first; i < last; i++) {
        const a = low[i] ?? 0
        const b = high[i] ?? 0
        const wx = weight[i] ?? 0
        const v00 = mix(data[r00 + a] ?? 0, data[r00 + b] ?? 0, wx)
        const v01 = mix(data[r01 + a] ?? 0, data[r01 + b] ?? 0, wx)
        const v10 = mix(data[r10 + a] ?? 0, data[r10 + b] ?? 0, wx)
        const v11 = mix(data[r11 + a] ?? 0, data[r11 + b] ?? 0, wx)
        output[target + i] = mix(mix(v00, v01, wy), mix(v10, v11, wy), wz)
      }
    }
  }
  return output
}

function resampleOblique(
  { data, dims }: Volume,
  [nx, ny, nz]: Triple,
  m: Affine,
  interpolation: Interpolation,
): Float32Array<ArrayBuffer> {
  const output = new Float32Array(nx * ny * nz)
  const [sx, sy, sz] = dims
  let target = 0
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const x0 = m[1] * j + m[2] * k + m[3]
      const y0 = m[5] * j + m[6] * k + m[7]
      const z0 = m[9] * j + m[10] * k + m[11]
      for (let i = 0; i < nx; i++, target++) {
        const x = snap(x0 + m[0] * i)
        const y = snap(y0 + m[4] * i)
        const z = snap(z0 + m[8] * i)
        if (!isInside(x, sx) || !isInside(y, sy) || !isInside(z, sz)) continue
        output[target] =
          interpolation === 'nearest'
            ? (data[nearest(x, sx) + sx * (nearest(y, sy) + sy * nearest(z, sz))] ?? 0)
            : sampleTrilinear(data, dims, x, y, z)
      }
    }
  }
  return output
}

/** The value at an inside position, in voxels. */
function sampleTrilinear(
  data: Float32Array,
  dims: Triple,
  x: number,
  y: number,
  z: number,
): number {
  const [sx, sy, sz] = dims
  const cx = Math.min(Math.max(x, 0), sx - 1)
  const cy = Math.min(Math.max(y, 0), sy - 1)
  const cz = Math.min(Math.max(z, 0), sz - 1)
  const i = Math.floor(cx)
  const j = Math.floor(cy)
  const k = Math.floor(cz)
  const dx = i + 1 < sx ? 1 : 0
  const dy = j + 1 < sy ? sx : 0
  const dz = k + 1 < sz ? sx * sy : 0
  const at = i + sx * (j + sy * k)
  const wx = cx - i
  const v00 = mix(data[at] ?? 0, data[at + dx] ?? 0, wx)
  const v01 = mix(data[at + dy] ?? 0, data[at + dy + dx] ?? 0, wx)
  const v10 = mix(data[at + dz] ?? 0, data[at + dz + dx] ?? 0, wx)
  const v11 = mix(data[at + dz + dy] ?? 0, data[at + dz + dy + dx] ?? 0, wx)
  return mix(mix(v00, v01, cy - j), mix(v10, v11, cy - j), cz - k)
}

function mix(low: number, high: number, weight: number): number {
  return low + (high - low) * weight
}

function snap(place: number): number {
  const whole = Math.round(place)
  return Math.abs(place - whole) < tolerance ? whole : place
}

function isInside(place: number, size: number): boolean {
  return place > -0.5 - tolerance && place < size - 0.5 + tolerance
}

function nearest(place: number, size: number): number {
  return Math.min(Math.max(Math.floor(place + 0.5), 0), size - 1)
}
