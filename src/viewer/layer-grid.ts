/** @file From a place in the picture (0 to 1 along right, anterior, superior) to voxels of any layer. */

import {
  applyAffine,
  composeAffines,
  diagonalAffine,
  invertAffine,
  spacingOf,
  type Triple,
} from '../core/volume/affine.ts'
import type { Affine } from '../core/volume/volume.ts'

export interface Grid {
  readonly dims: Triple
  readonly affine: Affine
}

/** The frame the picture is drawn in: the base volume with its axes turned to right-anterior-superior. */
export interface PictureFrame {
  /** Voxels along right, anterior, superior. */
  readonly dims: Triple
  readonly sizeMm: Triple
  /** Picture coordinates (0 to 1) to millimetres. */
  readonly toMm: Affine
  readonly fromMm: Affine
}

/**
 * NiiVue assigns every picture axis the voxel axis that follows it most closely; `axes[p]` is that
 * voxel axis (0 to 2) of picture axis p and `flipped[p]` whether it runs the other way. Read from
 * NiiVue itself, so that picture and textures can never disagree.
 */
export interface AxisOrder {
  readonly axes: Triple
  readonly flipped: readonly [boolean, boolean, boolean]
}

/** From NiiVue's permRAS: 1-based voxel axis per picture axis, negative when flipped. */
export function axisOrderOf(permutation: readonly number[]): AxisOrder {
  const axis = (p: number): number => Math.abs(permutation[p] ?? p + 1) - 1
  const isFlipped = (p: number): boolean => (permutation[p] ?? 1) < 0
  return {
    axes: [axis(0), axis(1), axis(2)],
    flipped: [isFlipped(0), isFlipped(1), isFlipped(2)],
  }
}

export function pictureFrame(base: Grid, order: AxisOrder): PictureFrame {
  const size = (p: number): number => base.dims[order.axes[p] ?? 0] ?? 1
  const spacing = spacingOf(base.affine)
  const sizeMm = (p: number): number => size(p) * (spacing[order.axes[p] ?? 0] ?? 1)
  const toMm = composeAffines(base.affine, pictureToVoxels(base.dims, order))
  return {
    dims: [size(0), size(1), size(2)],
    sizeMm: [sizeMm(0), sizeMm(1), sizeMm(2)],
    toMm,
    fromMm: invertUsable(toMm),
  }
}

/** Picture coordinates to texture coordinates (0 to 1 along i, j, k) of a layer on any grid. */
export function pictureToTexture(frame: PictureFrame, layer: Grid): Affine {
  const toVoxels = composeAffines(invertUsable(layer.affine), frame.toMm)
  return composeAffines(voxelsToTexture(layer.dims), toVoxels)
}

/** Picture voxel (whole numbers along right, anterior, superior) at a place in millimetres, inside. */
export function nearestPictureVoxel(frame: PictureFrame, mm: Triple): Triple {
  const place = applyAffine(frame.fromMm, mm)
  const index = (p: 0 | 1 | 2): number =>
    Math.min(frame.dims[p] - 1, Math.max(0, Math.round(place[p] * frame.dims[p] - 0.5)))
  return [index(0), index(1), index(2)]
}

/** Centre of a picture voxel in picture coordinates. */
export function pictureVoxelCentre(frame: PictureFrame, voxel: Triple): Triple {
  const centre = (p: 0 | 1 | 2): number => (voxel[p] + 0.5) / frame.dims[p]
  return [centre(0), centre(1), centre(2)]
}

/** Voxel (i, j, k) of a grid nearest to a place in millimetres. */
export function nearestVoxel(grid: Grid, mm: Triple): Triple {
  const place = applyAffine(invertUsable(grid.affine), mm)
  const index = (axis: 0 | 1 | 2): number =>
    Math.min(grid.dims[axis] - 1, Math.max(0, Math.round(place[axis])))
  return [index(0), index(1), index(2)]
}

/** The same proportions with at most about `mostVoxels`. */
export function coarserDims(dims: Triple, mostVoxels: number): Triple {
  const factor = Math.min(1, Math.cbrt(mostVoxels / (dims[0] * dims[1] * dims[2])))
  const side = (size: number): number => Math.max(1, Math.round(size * factor))
  return [side(dims[0]), side(dims[1]), side(dims[2])]
}

/** A coarser grid over the same box: `dims` voxels, edges unmoved. */
export function coarserGrid(grid: Grid, dims: Triple): Grid {
  const scale = (axis: 0 | 1 | 2): number => grid.dims[axis] / dims[axis]
  const toOld = diagonalAffine(
    [scale(0), scale(1), scale(2)],
    [scale(0) / 2 - 0.5, scale(1) / 2 - 0.5, scale(2) / 2 - 0.5],
  )
  return { dims, affine: composeAffines(grid.affine, toOld) }
}

/** Texture coordinates are 0 and 1 at the outer edges, voxel centres are whole numbers. */
function voxelsToTexture(dims: Triple): Affine {
  const scale = (axis: 0 | 1 | 2): number => 1 / dims[axis]
  return diagonalAffine([scale(0), scale(1), scale(2)], [scale(0) / 2, scale(1) / 2, scale(2) / 2])
}

function pictureToVoxels(dims: Triple, order: AxisOrder): Affine {
  const rows = [0, 1, 2].map((voxelAxis) => {
    const p = order.axes.indexOf(voxelAxis)
    const isFlipped = order.flipped[p] ?? false
    const size = dims[voxelAxis] ?? 1
    const row = [0, 0, 0, isFlipped ? size - 0.5 : -0.5]
    row[p] = isFlipped ? -size : size
    return row
  })
  const at = (r: number, c: number): number => rows[r]?.[c] ?? 0
  return [
    at(0, 0),
    at(0, 1),
    at(0, 2),
    at(0, 3),
    at(1, 0),
    at(1, 1),
    at(1, 2),
    at(1, 3),
    at(2, 0),
    at(2, 1),
    at(2, 2),
    at(2, 3),
    0,
    0,
    0,
    1,
  ]
}

function invertUsable(affine: Affine): Affine {
  const inverse = invertAffine(affine)
  if (!inverse) throw new Error('a layer whose affine is singular reached the viewer')
  return inverse
}
