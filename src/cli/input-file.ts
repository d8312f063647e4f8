/** @file Reads files that the command line names: bytes, arrays and volumes. */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Failure } from '../core/failure.ts'
import { decodeNpy } from '../core/tensor/npy.ts'
import { countNonFinite } from '../core/tensor/statistics.ts'
import type { Tensor } from '../core/tensor/tensor.ts'
import { type NiftiFile, readNifti } from '../core/volume/nifti-read.ts'

export type ArrayFile =
  | {
      readonly kind: 'tensor'
      readonly path: string
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly tensor: Tensor
    }
  | {
      readonly kind: 'volume'
      readonly path: string
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly file: NiftiFile
    }

/** @throws Failure 'bad-file' with a sentence, whatever the reason. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  try {
    const file = readFileSync(path)
    const { buffer, byteOffset, byteLength } = file
    return buffer instanceof ArrayBuffer
      ? new Uint8Array(buffer, byteOffset, byteLength)
      : new Uint8Array(file)
  } catch (error) {
    throw new Failure('bad-file', `cannot read '${path}': ${reasonOf(error)}`, { cause: error })
  }
}

/**
 * A `.npy` array or a NIfTI volume, told apart by the name.
 * @throws Failure also for an array without elements, or with some that are not finite.
 */
export function readArray(path: string): ArrayFile {
  const lower = path.toLowerCase()
  if (lower.endsWith('.npy')) {
    const bytes = readBytes(path)
    return { kind: 'tensor', path, bytes, tensor: decodeTensor(bytes, path) }
  }
  if (lower.endsWith('.nii') || lower.endsWith('.nii.gz')) {
    const bytes = readBytes(path)
    return { kind: 'volume', path, bytes, file: readNifti(bytes, { name: basename(path) }) }
  }
  throw new Failure('bad-request', `'${path}' is neither .npy nor .nii nor .nii.gz`)
}

/** What was done to a volume while reading it, in sentences that name the file. */
export function readingNotes(files: readonly ArrayFile[]): readonly string[] {
  return files.flatMap((file) => {
    if (file.kind === 'tensor') return []
    const { repairs, frames } = file.file
    const frame = frames > 1 ? [`It has ${frames} frames; the first was taken.`] : []
    return [...frame, ...repairs].map((sentence) => `${basename(file.path)}: ${sentence}`)
  })
}

/** Runs `read`; a Failure gets the file's name in front. */
export function naming<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(error.kind, `${basename(path)}: ${error.message}`, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES') return 'it may not be read'
  if (code === 'ERR_FS_FILE_TOO_LARGE') return 'it is larger than 2 GB'
  return error instanceof Error ? error.message : String(error)
}

function decodeTensor(bytes: Uint8Array, path: string): Tensor {
  const { tensor } = naming(path, () => decodeNpy(bytes))
  if (tensor.data.length === 0) {
    throw new Failure(
      'bad-file',
      `${basename(path)}: the array has no elements (${tensor.dims.join(' x ')})`,
    )
  }
  const bad = countNonFinite(tensor.data)
  if (bad > 0) {
    throw new Failure(
      'bad-file',
      `${basename(path)}: ${bad} of ${tensor.data.length} values are not finite numbers (NaN or infinite); replace them first`,
    )
  }
  return tensor
}
