/** @file Trilinear interpolation in voxel coordinates; x is the fastest axis. */

export type Dims = readonly [number, number, number]

/** Zero outside: a corner beyond the edge counts as 0. */
export function sampleTrilinear(
  data: Float32Array,
  [nx, ny, nz]: Dims,
  x: number,
  y: number,
  z: number,
): number {
  const i = Math.floor(x)
  const j = Math.floor(y)
  const k = Math.floor(z)
  if (i < -1 || j < -1 || k < -1 || i >= nx || j >= ny || k >= nz) return 0
  const fx = x - i
  const fy = y - j
  const fz = z - k
  if (i >= 0 && j >= 0 && k >= 0 && i + 1 < nx && j + 1 < ny && k + 1 < nz) {
    return insideCell(data, i + nx * (j + ny * k), nx, nx * ny, fx, fy, fz)
  }
  let sum = 0
  for (let dk = 0; dk < 2; dk++) {
    const atK = k + dk
    if (atK < 0 || atK >= nz) continue
    const wz = dk ? fz : 1 - fz
    for (let dj = 0; dj < 2; dj++) {
      const atJ = j + dj
      if (atJ < 0 || atJ >= ny) continue
      const w = wz * (dj ? fy : 1 - fy)
      const row = nx * (atJ + ny * atK)
      if (i >= 0) sum += w * (1 - fx) * (data[row + i] as number)
      if (i + 1 < nx) sum += w * fx * (data[row + i + 1] as number)
    }
  }
  return sum
}

/** The eight corners of the cell whose first corner is at `at`. */
function insideCell(
  data: Float32Array,
  at: number,
  alongY: number,
  alongZ: number,
  fx: number,
  fy: number,
  fz: number,
): number {
  const line = (start: number) =>
    (data[start] as number) * (1 - fx) + (data[start + 1] as number) * fx
  const below = line(at) * (1 - fy) + line(at + alongY) * fy
  const above = line(at + alongZ) * (1 - fy) + line(at + alongZ + alongY) * fy
  return below * (1 - fz) + above * fz
}

/**
 * Several arrays on one cube of `size` voxels a side, into `out`; the nearest value outside:
 * coordinates are moved to the edge first.
 */
export function sampleAtEdge(
  components: readonly Float32Array[],
  size: number,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
): void {
  const last = size - 1
  const cx = Math.min(Math.max(x, 0), last)
  const cy = Math.min(Math.max(y, 0), last)
  const cz = Math.min(Math.max(z, 0), last)
  const i = Math.min(Math.floor(cx), last - 1)
  const j = Math.min(Math.floor(cy), last - 1)
  const k = Math.min(Math.floor(cz), last - 1)
  const at = i + size * (j + size * k)
  for (let c = 0; c < components.length; c++) {
    const data = components[c] as Float32Array
    out[c] = insideCell(data, at, size, size * size, cx - i, cy - j, cz - k)
  }
}
