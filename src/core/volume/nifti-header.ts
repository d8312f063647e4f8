/** @file The header of a NIfTI file: which one it is, its fields, and whether they make sense. */

import { NIFTI1, NIFTI2 } from 'nifti-reader-js'
import { Failure } from '../failure.ts'
import { foreignFormat } from './foreign-format.ts'

/** The fields as they stand in the file; only byte order is dealt with. */
export interface NiftiHeader {
  readonly version: 1 | 2
  readonly isLittleEndian: boolean
  /** dim[0] to dim[7]. */
  readonly dim: readonly number[]
  readonly datatypeCode: number
  readonly bitsPerVoxel: number
  /** pixdim[0] to pixdim[7]. */
  readonly pixdim: readonly number[]
  readonly voxOffset: number
  readonly slope: number
  readonly intercept: number
  readonly units: number
  readonly description: string
  readonly qformCode: number
  readonly sformCode: number
  readonly quaternion: readonly [number, number, number]
  readonly qoffset: readonly [number, number, number]
  /** srow_x, srow_y, srow_z. */
  readonly sform: readonly (readonly number[])[]
  /** Where voxels can begin at the earliest: after the header and the extension flag. */
  readonly firstVoxelByte: 352 | 544
}

/**
 * @param bytes the file, inflated.
 * @param name the file, for sentences.
 * @throws Failure 'bad-file' when this is not a single-file NIfTI-1 or NIfTI-2.
 */
export function readNiftiHeader(bytes: Uint8Array<ArrayBuffer>, name: string): NiftiHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 348) throw notNifti(bytes, name)
  const version = versionOf(view, true) ?? versionOf(view, false)
  if (version === null) throw notNifti(bytes, name)
  const length = version === 1 ? 348 : 540
  const magic = ascii(bytes, version === 1 ? 344 : 4, 3)
  if (magic === 'ni1' || magic === 'ni2') {
    throw new Failure(
      'bad-file',
      `${name} is the header half of a .hdr/.img pair; convert the pair to one .nii or .nii.gz file.`,
    )
  }
  if (magic !== 'n+1' && magic !== 'n+2') {
    throw new Failure(
      'bad-file',
      `${name} looks like an Analyze 7.5 header, which says no orientation; convert it to .nii or .nii.gz.`,
    )
  }
  if (bytes.length < length) throw cutHeader(name, length, bytes.length)
  // Only the header's own bytes: the package's search for extensions trusts their sizes.
  const header = version === 1 ? new NIFTI1() : new NIFTI2()
  header.readHeader(bytes.slice(0, length).buffer)
  const isLittleEndian = versionOf(view, true) !== null
  return {
    version,
    isLittleEndian,
    dim: [...header.dims],
    datatypeCode: header.datatypeCode,
    bitsPerVoxel: header.numBitsPerVoxel,
    pixdim: [...header.pixDims],
    voxOffset: header.vox_offset,
    slope: header.scl_slope,
    intercept: header.scl_inter,
    units: header.xyzt_units,
    description: header.description,
    qformCode: header.qform_code,
    sformCode: header.sform_code,
    quaternion: [header.quatern_b, header.quatern_c, header.quatern_d],
    qoffset: [header.qoffset_x, header.qoffset_y, header.qoffset_z],
    sform: readSform(view, version, isLittleEndian),
    firstVoxelByte: version === 1 ? 352 : 544,
  }
}

/** The package puts its own choice between qform and sform here; the rules are ours (nifti-affine.ts). */
function readSform(view: DataView, version: 1 | 2, isLittleEndian: boolean): number[][] {
  return [0, 1, 2].map((row) =>
    [0, 1, 2, 3].map((column) => {
      const entry = row * 4 + column
      return version === 1
        ? view.getFloat32(280 + entry * 4, isLittleEndian)
        : view.getFloat64(400 + entry * 8, isLittleEndian)
    }),
  )
}

function versionOf(view: DataView, isLittleEndian: boolean): 1 | 2 | null {
  const size = view.getInt32(0, isLittleEndian)
  return size === 348 ? 1 : size === 540 ? 2 : null
}

function cutHeader(name: string, needed: number, present: number): Failure {
  return new Failure(
    'bad-file',
    `${name} is cut short: a NIfTI header has ${needed} bytes, but the file has ${present}; download or copy it again.`,
  )
}

function notNifti(bytes: Uint8Array, name: string): Failure {
  if (bytes.length === 0) return new Failure('bad-file', `${name} is empty; choose another file.`)
  const other = foreignFormat(bytes)
  return new Failure(
    'bad-file',
    other === null
      ? `${name} is not a NIfTI file; open a .nii or .nii.gz volume.`
      : `${name} is ${other.what}, not a NIfTI file; ${other.remedy}.`,
  )
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length))
}
