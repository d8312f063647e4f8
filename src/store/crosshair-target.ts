/** @file A segmentation class at the crosshair: from millimetres to an element of the output. */

import { Failure } from '../core/failure.ts'
import { applyAffine, invertAffine } from '../core/volume/affine.ts'
import { spatialLayout } from '../core/volume/tensor-layout.ts'
import type { ModelGrid } from '../rpc/volume-api.ts'

const pattern = /^(\d+)@crosshair$/

/** The class of "2@crosshair", the page's own word for an element that follows the crosshair. */
export function crosshairClass(spec: string): number | null {
  const match = pattern.exec(spec)
  return match ? Number(match[1]) : null
}

/**
 * The target "K,i,j,..." in the command line's grammar. The output covers the same box as the model's
 * input grid, with axes in the order of the card's layout; the element is the one whose cell holds the
 * point.
 * @param outputGrid sizes of the output's axes after batch and classes.
 * @throws Failure 'bad-request' where the point lies outside the model's grid
 */
export function crosshairTarget(
  classIndex: number,
  mm: readonly [number, number, number],
  grid: ModelGrid,
  layout: string,
  outputGrid: readonly number[],
): string {
  const letters = spatialLayout(layout)
  const inverse = invertAffine(grid.affine)
  if (!inverse || letters.length !== outputGrid.length) {
    throw new Failure(
      'bad-request',
      'The output of this model does not lie on the grid of its input, so the crosshair has no place in it; choose another target.',
    )
  }
  const voxel = applyAffine(inverse, mm)
  const index = outputGrid.map((size, at) => {
    const axis = 'IJK'.indexOf(letters.charAt(at))
    const share = ((voxel[axis] ?? 0) + 0.5) / (grid.dims[axis] ?? 1)
    return Math.floor(share * size)
  })
  // A 2-D model sees one slice: off it the crosshair is outside as well.
  const isInside =
    index.every((one, at) => one >= 0 && one < (outputGrid[at] ?? 0)) &&
    voxel.every((one, axis) => one >= -0.5 && one <= (grid.dims[axis] ?? 1) - 0.5)
  if (!isInside) {
    throw new Failure(
      'bad-request',
      'The crosshair is outside the part of the image that the model sees: move it inside, or choose another target.',
    )
  }
  return [classIndex, ...index].join(',')
}
