/** @file Reads files that the command line names: bytes, arrays and volumes. */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Failure } from '../core/failure.ts'
import { decodeNpy } from '../core/tensor/npy.ts'
import type { Tensor } from '../core/tensor/tensor.ts'
import { type NiftiFile, readNifti } from '../core/volume/nifti-read.ts'

export type ArrayFile =
  | {
      readonly kind: 'tensor'
      readonly path: string
      readonly bytes: Uint8Array
      readonly tensor: Tensor
    }
  | {
      readonly kind: 'volume'
      readonly path: string
      readonly bytes: Uint8Array
      readonly file: NiftiFile
    }

/** @throws Failure 'bad-file' with a sentence, whatever the reason. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync(path)
    return buffer instanceof ArrayBuffer
      ? new Uint8Array(buffer, byteOffset, byteLength)
      : new Uint8Array(readFileSync(path))
  } catch (error) {
    throw new Failure('bad-file', `cannot read '${path}': ${reasonOf(error)}`, { cause: error })
  }
}

/** A `.npy` array or a NIfTI volume, told apart by the name. */
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

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES') return 'it may not be read'
  return error instanceof Error ? error.message : String(error)
}

function decodeTensor(bytes: Uint8Array, path: string): Tensor {
  try {
    return decodeNpy(bytes).tensor
  } catch (error) {
    if (error instanceof Failure)
      throw new Failure(error.kind, `${basename(path)}: ${error.message}`)
    throw error
  }
}
