/** @file NumPy's .npy format, versions 1 to 3 (https://numpy.org/neps/nep-0001-npy-format.html). */

import { Failure } from '../failure.ts'
import { elementCount, type Tensor } from './tensor.ts'

export type NpyDType = 'bool' | 'float32' | 'float64' | 'int16' | 'int32' | 'int64' | 'uint8'

export interface NpyArray {
  /** Element type in the file. */
  readonly dtype: NpyDType
  /** C order; values as float32 (whole numbers are exact up to 2^24). */
  readonly tensor: Tensor
}

interface ElementType {
  readonly code: string
  readonly bytes: number
  read(view: DataView, offset: number, littleEndian: boolean): number
}

const types: Readonly<Record<NpyDType, ElementType>> = {
  bool: { code: 'b1', bytes: 1, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
  float32: { code: 'f4', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  float64: { code: 'f8', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  int16: { code: 'i2', bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  int32: { code: 'i4', bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  int64: { code: 'i8', bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  uint8: { code: 'u1', bytes: 1, read: (view, at) => view.getUint8(at) },
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** True where the bytes start as every .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

/** Throws a Failure('bad-file') that says what is wrong; Fortran order is turned into C order. */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const { header, start } = readHeader(bytes)
  const dims = readShape(header)
  const { dtype, littleEndian } = readType(header)
  const { bytes: width, read } = types[dtype]
  const count = elementCount(dims)
  const found = bytes.length - start
  if (found < count * width) {
    throw bad(
      `it is truncated: ${count} ${dtype} elements need ${count * width} bytes, but ${found} are there`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start)
  const data = new Float32Array(count)
  for (let i = 0; i < count; i++) data[i] = read(view, i * width, littleEndian)
  const tensor = isFortranOrder(header) ? fromFortranOrder(data, dims) : { dims, data }
  return { dtype, tensor }
}

/** Version 1.0, float32, little-endian, C order; the data start at a multiple of 64 bytes. */
export function encodeNpy({ dims, data }: Tensor): Uint8Array<ArrayBuffer> {
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`
  const prefix = magic.length + 4
  const padding = (64 - ((prefix + dictionary.length + 1) % 64)) % 64
  const header = new TextEncoder().encode(`${dictionary}${' '.repeat(padding)}\n`)
  const bytes = new Uint8Array(prefix + header.length + 4 * data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([...magic, 1, 0])
  view.setUint16(prefix - 2, header.length, true)
  bytes.set(header, prefix)
  const start = prefix + header.length
  for (let i = 0; i < data.length; i++) view.setFloat32(start + 4 * i, data[i] ?? 0, true)
  return bytes
}

function readHeader(bytes: Uint8Array): { readonly header: string; readonly start: number } {
  if (!isNpy(bytes)) throw bad("it does not start with NumPy's signature")
  const version = bytes[6] ?? 0
  if (version < 1 || version > 3) throw bad(`version ${version} of the format is not known`)
  const prefix = version === 1 ? 10 : 12
  if (bytes.length < prefix) throw bad('it is truncated inside its header')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const start = prefix + length
  if (bytes.length < start) throw bad('it is truncated inside its header')
  const encoding = version === 3 ? 'utf-8' : 'latin1'
  return { header: new TextDecoder(encoding).decode(bytes.subarray(prefix, start)), start }
}

function readShape(header: string): readonly number[] {
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header)?.[1]
  if (shape === undefined) throw bad('its header names no shape')
  const dims = shape
    .split(',')
    .map((size) => size.trim().replace(/L$/, ''))
    .filter((size) => size !== '')
    .map(Number)
  if (elementCount(dims) > 2 ** 31) throw bad(`its shape (${dims.join(', ')}) is too large`)
  return dims
}

function readType(header: string): { readonly dtype: NpyDType; readonly littleEndian: boolean } {
  const description = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1]
  const order = description?.[0]
  const code = description?.slice(1)
  const entry = Object.entries(types).find(([, type]) => type.code === code)
  if (!entry || order === undefined || !'<>|='.includes(order)) {
    const named = description === undefined ? 'a structure of several fields' : `'${description}'`
    throw bad(
      `its elements are ${named}; ${Object.keys(types).join(', ')} can be read (in Python: array.astype('float32'))`,
    )
  }
  return { dtype: entry[0] as NpyDType, littleEndian: order !== '>' }
}

function isFortranOrder(header: string): boolean {
  return /'fortran_order'\s*:\s*True/.test(header)
}

/** First axis fastest to last axis fastest. */
function fromFortranOrder(data: Float32Array, dims: readonly number[]): Tensor {
  const result = new Float32Array(data.length)
  const strides = dims.map((_, axis) => elementCount(dims.slice(0, axis)))
  const position = dims.map(() => 0)
  for (let i = 0; i < result.length; i++) {
    const offset = position.reduce((sum, at, axis) => sum + at * (strides[axis] ?? 1), 0)
    result[i] = data[offset] ?? 0
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] ?? 0) + 1
      if ((position[axis] ?? 0) < (dims[axis] ?? 1)) break
      position[axis] = 0
    }
  }
  return { dims, data: result }
}

function bad(reason: string): Failure {
  return new Failure('bad-file', `this is not a readable .npy file: ${reason}`)
}
