/** @file Where a NIfTI file says its voxels are: the choice between sform, qform and plain voxel size. */

import { Failure } from '../failure.ts'
import { affineFromRows, diagonalAffine, isUsableAffine, type Triple } from './affine.ts'
import type { NiftiHeader } from './nifti-header.ts'
import { affineFromQform } from './quaternion.ts'
import type { Affine } from './volume.ts'

export interface NiftiPlace {
  readonly affine: Affine
  /** The xform code of what was used: 1 scanner, 2 aligned, 3 Talairach, 4 MNI; 0 unknown. */
  readonly space: number
  readonly repairs: readonly string[]
}

/**
 * The sform where its code is above 0, else the qform where its code is, else voxel sizes alone
 * (nifti1.h method 0). An unusable sform or qform (zero, NaN, flat) falls to the next and is said.
 * @throws Failure 'bad-file' where none is usable.
 */
export function niftiPlace(header: NiftiHeader, name: string): NiftiPlace {
  const repairs: string[] = []
  const scale = unitScale(header.units, repairs)
  if (header.sformCode > 0) {
    const affine = scaled(affineFromRows(header.sform), scale)
    if (isUsableAffine(affine)) return { affine, space: header.sformCode, repairs }
    repairs.push(`The sform matrix is ${whatIsWrong(affine)} and was ignored.`)
  }
  if (header.qformCode > 0) {
    const affine = scaled(qformAffine(header), scale)
    if (isUsableAffine(affine)) return { affine, space: header.qformCode, repairs }
    repairs.push(`The qform is ${whatIsWrong(affine)} and was ignored.`)
  }
  const affine = scaled(diagonalAffine(voxelSizes(header), [0, 0, 0]), scale)
  if (!isUsableAffine(affine)) {
    throw new Failure(
      'bad-file',
      `${name} says neither where its voxels are nor how large they are (sform, qform and voxel sizes are missing, zero or not numbers); write its geometry again with the program that made it.`,
    )
  }
  repairs.push(
    'The file says no orientation: its axes were taken as right, front, top from the origin, so left and right may be swapped.',
  )
  return { affine, space: 0, repairs }
}

function qformAffine(header: NiftiHeader): Affine {
  return affineFromQform({
    quaternion: header.quaternion,
    offset: header.qoffset,
    spacing: voxelSizes(header),
    handedness: (header.pixdim[0] ?? 0) < 0 ? -1 : 1,
  })
}

/** Axes the file does not have count 1 mm where the header leaves them 0. */
function voxelSizes(header: NiftiHeader): Triple {
  const size = (axis: 1 | 2 | 3): number => {
    const value = Math.abs(header.pixdim[axis] ?? 0)
    return axis > (header.dim[0] ?? 3) && !(value > 0) ? 1 : value
  }
  return [size(1), size(2), size(3)]
}

/** Low three bits of xyzt_units: 1 metre, 2 millimetre, 3 micrometre. */
function unitScale(units: number, repairs: string[]): number {
  const unit = units & 7
  if (unit !== 1 && unit !== 3) return 1
  repairs.push(`Positions in ${unit === 1 ? 'metres' : 'micrometres'} were changed to millimetres.`)
  return unit === 1 ? 1000 : 0.001
}

function scaled(affine: Affine, scale: number): Affine {
  if (scale === 1) return affine
  const rows = [0, 4, 8].map((start) => affine.slice(start, start + 4).map((v) => v * scale))
  return affineFromRows(rows)
}

function whatIsWrong(affine: Affine): string {
  if (!affine.every(Number.isFinite)) return 'not made of finite numbers'
  return affine.slice(0, 11).every((value, index) => index % 4 === 3 || value === 0)
    ? 'all zero'
    : 'flat (two of its directions are the same or zero)'
}
