/** @file A map on the model's grid, back onto the volume's own grid. */

import type { Tensor } from '../tensor/tensor.ts'
import { composeAffines, diagonalAffine, type Triple } from './affine.ts'
import { type Grid, resample } from './resample.ts'
import { imageOf } from './tensor-layout.ts'

/**
 * Trilinear; 0 outside the model's grid. The channels of a map with several are summed. A map
 * coarser than the grid (a CAM without upsampling) covers the same box with larger voxels. The map
 * of a 2-D model fills the slice it came from: half a slice to either side.
 * @param map laid out as `layout` says; N, or N and C, may be absent.
 * @param grid the model's grid from `prepareInput`.
 * @param target the volume's grid.
 */
export function mapToVolume(
  map: Tensor,
  layout: string,
  grid: Grid,
  target: Grid,
): Float32Array<ArrayBuffer> {
  const image = imageOf(map, layout)
  return resample({ ...image, affine: coveringAffine(grid, image.dims) }, target, 'trilinear')
}

/** The affine of a grid of `dims` voxels over the same box: outer edges stay, centres move. */
function coveringAffine(grid: Grid, dims: Triple): Grid['affine'] {
  const scale = (axis: 0 | 1 | 2): number => grid.dims[axis] / dims[axis]
  const scales: Triple = [scale(0), scale(1), scale(2)]
  const offset = (axis: 0 | 1 | 2): number => (scales[axis] - 1) / 2
  return composeAffines(grid.affine, diagonalAffine(scales, [offset(0), offset(1), offset(2)]))
}
