/** @file Affines between voxel indices and millimetres: row-major 4x4, last row 0 0 0 1. */

import type { Affine } from './volume.ts'

export type Triple = readonly [number, number, number]

/** Apply `second` to what `first` gives: the matrix product second x first. */
export function composeAffines(second: Affine, first: Affine): Affine {
  const entry = (row: number, column: number): number => {
    let sum = column === 3 ? at(second, row, 3) : 0
    for (let n = 0; n < 3; n++) sum += at(second, row, n) * at(first, n, column)
    return sum
  }
  return fromEntries(entry)
}

/** Null when the matrix is singular or not finite (see `isUsableAffine`). */
export function invertAffine(affine: Affine): Affine | null {
  if (!isUsableAffine(affine)) return null
  const scale = 1 / determinant(affine)
  const cofactor = (row: number, column: number): number => {
    const [r1, r2] = [(column + 1) % 3, (column + 2) % 3]
    const [c1, c2] = [(row + 1) % 3, (row + 2) % 3]
    return (
      scale * (at(affine, r1, c1) * at(affine, r2, c2) - at(affine, r1, c2) * at(affine, r2, c1))
    )
  }
  return fromEntries((row, column) => {
    if (column < 3) return cofactor(row, column)
    let sum = 0
    for (let n = 0; n < 3; n++) sum -= cofactor(row, n) * at(affine, n, 3)
    return sum
  })
}

export function applyAffine(affine: Affine, [x, y, z]: Triple): Triple {
  const row = (r: number): number =>
    at(affine, r, 0) * x + at(affine, r, 1) * y + at(affine, r, 2) * z + at(affine, r, 3)
  return [row(0), row(1), row(2)]
}

/** Millimetres between neighbouring voxels along i, j, k: the lengths of the columns. */
export function spacingOf(affine: Affine): Triple {
  const length = (column: number): number =>
    Math.hypot(at(affine, 0, column), at(affine, 1, column), at(affine, 2, column))
  return [length(0), length(1), length(2)]
}

/**
 * Finite, and the volume of a voxel is more than a millionth of the box its edges would make at
 * right angles: three real, different directions.
 */
export function isUsableAffine(affine: Affine): boolean {
  if (!affine.every(Number.isFinite)) return false
  const [a, b, c] = spacingOf(affine)
  return Math.abs(determinant(affine)) > 1e-6 * a * b * c
}

/** Scales per axis and a place for voxel (0, 0, 0). */
export function diagonalAffine(scale: Triple, offset: Triple): Affine {
  return fromEntries((row, column) => {
    if (column === 3) return offset[row] ?? 0
    return row === column ? (scale[row] ?? 0) : 0
  })
}

/** Twelve numbers, row by row, as the sform of a NIfTI header holds them. */
export function affineFromRows(rows: readonly (readonly number[])[]): Affine {
  return fromEntries((row, column) => rows[row]?.[column] ?? Number.NaN)
}

/** The same directions and spacing, with voxel `origin` of the old grid as the new (0, 0, 0). */
export function moveOrigin(affine: Affine, origin: Triple): Affine {
  const place = applyAffine(affine, origin)
  return fromEntries((row, column) => (column === 3 ? (place[row] ?? 0) : at(affine, row, column)))
}

/** How far, in voxels of `a`, the farthest corner of a grid lies from itself under `b`. */
export function largestShift(a: Affine, b: Affine, dims: Triple): number {
  const inverse = invertAffine(a)
  if (inverse === null) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let corner = 0; corner < 8; corner++) {
    const on = (bit: number, size: number): number => (corner & bit ? size - 1 : 0)
    const voxel: Triple = [on(1, dims[0]), on(2, dims[1]), on(4, dims[2])]
    const there = applyAffine(inverse, applyAffine(b, voxel))
    largest = Math.max(largest, ...there.map((value, axis) => Math.abs(value - (voxel[axis] ?? 0))))
  }
  return largest
}

function determinant(m: Affine): number {
  return (
    m[0] * (m[5] * m[10] - m[6] * m[9]) -
    m[1] * (m[4] * m[10] - m[6] * m[8]) +
    m[2] * (m[4] * m[9] - m[5] * m[8])
  )
}

function at(affine: Affine, row: number, column: number): number {
  return affine[row * 4 + column] ?? Number.NaN
}

function fromEntries(entry: (row: number, column: number) => number): Affine {
  // biome-ignore format: a matrix
  return [
    entry(0, 0), entry(0, 1), entry(0, 2), entry(0, 3),
    entry(1, 0), entry(1, 1), entry(1, 2), entry(1, 3),
    entry(2, 0), entry(2, 1), entry(2, 2), entry(2, 3),
    0, 0, 0, 1,
  ]
}
