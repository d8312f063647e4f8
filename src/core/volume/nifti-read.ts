/** @file Reads NIfTI-1 and NIfTI-2 files, plain or gzipped; what was repaired is said in sentences. */

import { Failure } from '../failure.ts'
import { decompress, isGzip } from './gzip.ts'
import { niftiPlace } from './nifti-affine.ts'
import { type NiftiHeader, readNiftiHeader } from './nifti-header.ts'
import {
  decodeVoxels,
  otherTypes,
  type ScalarType,
  scalarTypes,
  type Voxels,
} from './nifti-voxels.ts'
import type { Volume } from './volume.ts'

export interface NiftiFile {
  /** The chosen frame. */
  readonly volume: Volume
  readonly version: 1 | 2
  /** "int16": as stored, before slope and intercept. */
  readonly datatype: string
  /** Product of all dimensions after the third. */
  readonly frames: number
  readonly frame: number
  /** NIfTI xform code of the affine: 1 scanner, 2 aligned, 3 Talairach, 4 MNI; 0 unknown. */
  readonly space: number
  readonly description: string
  /** What was repaired or is odd, in sentences. */
  readonly repairs: readonly string[]
}

export interface NiftiReadOptions {
  /** The file's name, for sentences. */
  readonly name?: string
  /** From 0. */
  readonly frame?: number
}

/**
 * @throws Failure 'bad-file' for what is not a readable scalar volume, 'bad-request' for a frame
 * that is not there; the sentence begins with the file's name.
 */
export function readNifti(
  file: Uint8Array<ArrayBuffer>,
  { name = 'This file', frame = 0 }: NiftiReadOptions = {},
): NiftiFile {
  const bytes = isGzip(file) ? decompress(file, name) : file
  const header = readNiftiHeader(bytes, name)
  const repairs: string[] = []
  const { dims, frames } = readDims(header, name, repairs)
  const type = readType(header, name, repairs)
  if (!Number.isInteger(frame) || frame < 0 || frame >= frames) {
    throw new Failure(
      'bad-request',
      `${name} has ${frames === 1 ? 'one frame' : `${frames} frames`}, numbered from 0, so there is no frame ${frame}.`,
    )
  }
  const frameBytes = dims[0] * dims[1] * dims[2] * type.bytes
  const offset = readOffset(header, bytes.length, frames * frameBytes, name, repairs)
  if (bytes.length < offset + frames * frameBytes) {
    throw new Failure(
      'bad-file',
      `${name} is cut short: ${dims.join(' x ')}${frames > 1 ? ` x ${frames}` : ''} voxels of ${type.name} need ${offset + frames * frameBytes} bytes, but ${bytes.length} are there; download or copy it again.`,
    )
  }
  const place = niftiPlace(header, name)
  const { slope, intercept } = readScaling(header, repairs)
  const start = offset + frame * frameBytes
  const raw = bytes.slice(start, start + frameBytes)
  const voxels = decodeVoxels(raw, type, header.isLittleEndian, slope, intercept)
  return {
    volume: { data: voxels.data, dims, affine: place.affine },
    version: header.version,
    datatype: type.name,
    frames,
    frame,
    space: place.space,
    description: header.description,
    repairs: [...repairs, ...place.repairs, ...describeVoxels(voxels)],
  }
}

function readDims(
  { dim }: NiftiHeader,
  name: string,
  repairs: string[],
): { readonly dims: readonly [number, number, number]; readonly frames: number } {
  const rank = dim[0] ?? 0
  if (!Number.isInteger(rank) || rank < 2 || rank > 7) {
    throw new Failure(
      'bad-file',
      `${name} says it has ${rank} dimensions; a volume has 2 to 7, so its header is damaged or of another format.`,
    )
  }
  const sizes = dim.slice(1, rank + 1)
  const bad = sizes.findIndex((size, axis) => !Number.isInteger(size) || size < (axis < 3 ? 1 : 0))
  if (bad >= 0) {
    throw new Failure(
      'bad-file',
      `${name} says dimension ${bad + 1} has ${sizes[bad]} voxels; its header is damaged.`,
    )
  }
  const empty = sizes.indexOf(0)
  if (empty >= 0) repairs.push(`Dimension ${empty + 1} has size 0 and was taken as 1.`)
  const frames = sizes.slice(3).reduce((product, size) => product * Math.max(size, 1), 1)
  return { dims: [sizes[0] ?? 1, sizes[1] ?? 1, sizes[2] ?? 1], frames }
}

function readType(header: NiftiHeader, name: string, repairs: string[]): ScalarType {
  const type = scalarTypes[header.datatypeCode]
  if (type === undefined) {
    const other = otherTypes[header.datatypeCode]
    throw new Failure(
      'bad-file',
      other === undefined
        ? `${name} has datatype code ${header.datatypeCode}, which NIfTI does not define; save it as float32 or an integer type.`
        : `${name} holds ${other} in each voxel; save it with one real number per voxel, as float32 or an integer type.`,
    )
  }
  if (header.bitsPerVoxel !== type.bytes * 8) {
    repairs.push(
      `The header says ${header.bitsPerVoxel} bits per voxel, but ${type.name} has ${type.bytes * 8}; the type was believed.`,
    )
  }
  return type
}

/** Voxels begin at vox_offset; a nonsensical one is repaired only where the file's length leaves no doubt. */
function readOffset(
  { voxOffset, firstVoxelByte }: NiftiHeader,
  length: number,
  voxelBytes: number,
  name: string,
  repairs: string[],
): number {
  const isSane = Number.isInteger(voxOffset) && voxOffset >= firstVoxelByte
  if (isSane && voxOffset <= length) return voxOffset
  if (length === firstVoxelByte + voxelBytes) {
    repairs.push(
      `The header says that voxels begin at byte ${voxOffset}, which cannot be; they were read from byte ${firstVoxelByte}, which fits the file's length.`,
    )
    return firstVoxelByte
  }
  throw new Failure(
    'bad-file',
    isSane
      ? `${name} is cut short: its voxels should begin at byte ${voxOffset}, but the file has ${length} bytes; download or copy it again.`
      : `${name} says that its voxels begin at byte ${voxOffset}, which cannot be; its header is damaged.`,
  )
}

/** Slope 0 means no scaling (nifti1.h); so do numbers that are not finite, and that is said. */
function readScaling(
  { slope, intercept }: NiftiHeader,
  repairs: string[],
): { readonly slope: number; readonly intercept: number } {
  if (slope === 0) return { slope: 1, intercept: 0 }
  if (Number.isFinite(slope) && Number.isFinite(intercept)) return { slope, intercept }
  // Writers that mean "no scaling" leave both NaN.
  if (!Number.isNaN(slope)) {
    repairs.push('The scaling (slope and intercept) is not made of finite numbers and was ignored.')
  }
  return { slope: 1, intercept: 0 }
}

function describeVoxels({ data, nonFinite, rounded }: Voxels): string[] {
  const sentences: string[] = []
  if (nonFinite > 0) {
    sentences.push(
      nonFinite === 1
        ? '1 voxel was not a finite number (NaN or infinite) and was set to 0.'
        : `${nonFinite} voxels were not finite numbers (NaN or infinite) and were set to 0.`,
    )
  }
  if (rounded > 0) {
    sentences.push(`${rounded} whole numbers beyond 16777216 were rounded to float32.`)
  }
  const first = data[0] ?? 0
  if (data.every((value) => value === first)) {
    sentences.push(`Every voxel has the same value, ${first}: there is nothing to see.`)
  }
  return sentences
}
