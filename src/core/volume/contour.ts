/** @file Outlines of a slice at a value: marching squares with linear interpolation, as polylines. */

import type { Volume } from './volume.ts'

/**
 * x0, y0, x1, y1, ... in voxels of the slice (a voxel's centre is at whole numbers; the two axes
 * are the volume's other axes in order). Closed: the last point repeats the first.
 */
export type Polyline = Float32Array<ArrayBuffer>

/** The values of one slice and its sizes; the first of the two remaining axes is the fastest. */
export function sliceOf(
  { data, dims }: Pick<Volume, 'data' | 'dims'> | { data: Uint8Array; dims: Volume['dims'] },
  axis: 0 | 1 | 2,
  index: number,
): { readonly values: Float32Array<ArrayBuffer>; readonly width: number; readonly height: number } {
  const strides = [1, dims[0], dims[0] * dims[1]] as const
  const [first, second] =
    axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const)
  const [width, height] = [dims[first], dims[second]]
  const values = new Float32Array(width * height)
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      values[u + width * v] =
        data[index * strides[axis] + u * strides[first] + v * strides[second]] ?? 0
    }
  }
  return { values, width, height }
}

/**
 * Closed outlines around everything above `level`; beyond the slice's edge counts as below, so
 * outlines close there. For a mask of 0 and 1 use level 0.5: corners are cut at edge midpoints.
 * Where two diagonal voxels are above, they are joined when the mean of the four is above.
 */
export function contours(
  values: ArrayLike<number>,
  width: number,
  height: number,
  level: number,
): Polyline[] {
  // Cells lie between centres, from (-1, -1) on; a point is on the edge between two centres.
  const next = new Map<number, number>()
  const columns = width + 2
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height
      ? Number.NEGATIVE_INFINITY
      : (values[x + width * y] ?? 0)
  /** Edge right of (x, y): even; edge above it: odd. */
  const right = (x: number, y: number): number => 2 * (x + 1 + columns * (y + 1))
  const above = (x: number, y: number): number => right(x, y) + 1
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)]
      const corners =
        (a > level ? 1 : 0) | (b > level ? 2 : 0) | (c > level ? 4 : 0) | (d > level ? 8 : 0)
      if (corners === 0 || corners === 15) continue
      const sides = [right(x, y), above(x + 1, y), right(x, y + 1), above(x, y)]
      const isJoined = (a + b + c + d) / 4 > level
      for (const [from, to] of segments(corners, isJoined)) {
        next.set(sides[from] ?? 0, sides[to] ?? 0)
      }
    }
  }
  const lines: Polyline[] = []
  while (next.size > 0) {
    const [start] = next.keys()
    if (start === undefined) break
    const points: number[] = []
    let edge: number | undefined = start
    while (edge !== undefined) {
      points.push(...pointOn(edge, columns, at, level))
      const following: number | undefined = next.get(edge)
      next.delete(edge)
      edge = following
    }
    lines.push(Float32Array.from(points))
  }
  return lines
}

/** Sides of a cell: 0 bottom, 1 right, 2 top, 3 left. What is above the level stays on the left. */
function segments(corners: number, isJoined: boolean): readonly (readonly [number, number])[] {
  switch (corners) {
    case 1:
      return [[0, 3]]
    case 2:
      return [[1, 0]]
    case 3:
      return [[1, 3]]
    case 4:
      return [[2, 1]]
    case 5:
      return isJoined
        ? [
            [0, 1],
            [2, 3],
          ]
        : [
            [0, 3],
            [2, 1],
          ]
    case 6:
      return [[2, 0]]
    case 7:
      return [[2, 3]]
    case 8:
      return [[3, 2]]
    case 9:
      return [[0, 2]]
    case 10:
      return isJoined
        ? [
            [3, 0],
            [1, 2],
          ]
        : [
            [3, 2],
            [1, 0],
          ]
    case 11:
      return [[1, 2]]
    case 12:
      return [[3, 1]]
    case 13:
      return [[0, 1]]
    default:
      return [[3, 0]]
  }
}

function pointOn(
  edge: number,
  columns: number,
  at: (x: number, y: number) => number,
  level: number,
): [number, number] {
  const cell = Math.floor(edge / 2)
  const x = (cell % columns) - 1
  const y = Math.floor(cell / columns) - 1
  const isVertical = edge % 2 === 1
  const low = at(x, y)
  const high = isVertical ? at(x, y + 1) : at(x + 1, y)
  // An edge that leaves the slice is cut half-way: the outline runs along the slice's border.
  const part = Number.isFinite(low) && Number.isFinite(high) ? (level - low) / (high - low) : 0.5
  return isVertical ? [x, y + part] : [x + part, y]
}
