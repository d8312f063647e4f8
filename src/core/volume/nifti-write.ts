/** @file Writes NIfTI-1: one float32 or uint8 volume, sform and qform from its affine. */

import { spacingOf } from './affine.ts'
import { compress } from './gzip.ts'
import { qformFromAffine } from './quaternion.ts'
import type { Affine } from './volume.ts'

export interface NiftiContent {
  /** i fastest; Uint8Array is stored as uint8, Float32Array as float32. */
  readonly data: Float32Array | Uint8Array
  readonly dims: readonly [number, number, number]
  readonly affine: Affine
  /** At most 79 bytes are kept. */
  readonly description?: string
  /** NIfTI xform code of the affine; absent or 0 = 1 (scanner). */
  readonly space?: number
}

/** Little-endian, single file, no extensions; an affine with shear has no qform (code 0). */
export function writeNifti(content: NiftiContent): Uint8Array<ArrayBuffer> {
  const { data, dims, affine } = content
  const bytes = new Uint8Array(352 + data.byteLength)
  const view = new DataView(bytes.buffer)
  const isFloat = data instanceof Float32Array
  view.setInt32(0, 348, true)
  bytes[38] = 'r'.charCodeAt(0)
  const dim = [3, ...dims, 1, 1, 1, 1]
  for (const [index, size] of dim.entries()) view.setInt16(40 + index * 2, size, true)
  view.setInt16(70, isFloat ? 16 : 2, true)
  view.setInt16(72, isFloat ? 32 : 8, true)
  const qform = qformFromAffine(affine)
  const pixdim = [qform?.handedness ?? 1, ...spacingOf(affine), 1, 1, 1, 1]
  for (const [index, size] of pixdim.entries()) view.setFloat32(76 + index * 4, size, true)
  view.setFloat32(108, 352, true)
  view.setFloat32(112, 1, true)
  bytes[123] = 2 // millimetres
  bytes.set(new TextEncoder().encode(content.description ?? '').subarray(0, 79), 148)
  const space = content.space || 1
  view.setInt16(252, qform === null ? 0 : space, true)
  view.setInt16(254, space, true)
  const place = qform === null ? [] : [...qform.quaternion, ...qform.offset]
  for (const [index, value] of place.entries()) view.setFloat32(256 + index * 4, value, true)
  for (const [index, value] of affine.slice(0, 12).entries()) {
    view.setFloat32(280 + index * 4, value, true)
  }
  bytes.set(new TextEncoder().encode('n+1'), 344)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 352)
  return bytes
}

export function writeNiftiGzip(content: NiftiContent): Uint8Array<ArrayBuffer> {
  return compress(writeNifti(content))
}
