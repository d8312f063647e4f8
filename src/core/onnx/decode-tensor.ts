/** @file TensorProto to ConstantTensor: every way ONNX stores numbers becomes little-endian bytes. */

import { Failure } from '../failure.ts'
import { byteSize, dtypeOfCode } from './dtypes.ts'
import type { ConstantTensor, DType } from './ir.ts'
import { type Field, readMessage } from './wire.ts'

export interface NamedTensor {
  readonly name: string
  readonly tensor: ConstantTensor
}

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1n

/**
 * Reads one tensor. Raw and packed data stay views into `message`; unpacked data is gathered.
 * Strings become, for each element, a 4-byte little-endian length and its UTF-8 bytes.
 * @throws Failure for external data, unknown element types and data of the wrong length
 */
export function decodeTensor(message: Uint8Array): NamedTensor {
  const dims: number[] = []
  let name = ''
  let code = 0
  let isExternal = false
  const pieces: Uint8Array[] = []
  const integers: bigint[] = []
  const strings: Uint8Array[] = []
  readMessage(message, (field) => {
    switch (field.number) {
      case 1:
        field.eachInt64((size) => dims.push(Number(size)))
        break
      case 2:
        code = field.int32()
        break
      case 4:
        pieces.push(floats(field, 4))
        break
      case 5:
      case 7:
      case 11:
        field.eachInt64((value) => integers.push(value))
        break
      case 6:
        strings.push(field.bytes())
        break
      case 8:
        name = field.text()
        break
      case 9:
        pieces.push(field.bytes())
        break
      case 10:
        pieces.push(floats(field, 8))
        break
      case 13:
        isExternal = true
        break
      case 14:
        if (field.int64() === EXTERNAL) isExternal = true
        break
    }
  })
  const label = name === '' ? 'a tensor' : `tensor "${name}"`
  if (isExternal) throw externalDataFailure(label)
  const dtype = dtypeOfCode(code)
  if (dtype === 'other') {
    throw new Failure(
      'unsupported-model',
      `${capitalise(label)} has ONNX element type ${code} (complex and 8-bit float types are not ` +
        'supported); export the model in float32.',
    )
  }
  if (dtype === 'string') return { name, tensor: { dtype, dims, bytes: packStrings(strings) } }
  const bytes = integers.length > 0 ? integerBytes(dtype, integers) : joinPieces(pieces)
  const expected = byteSize(
    dtype,
    dims.reduce((product, size) => product * size, 1),
  )
  if (bytes.length !== expected) {
    throw new Failure(
      'bad-file',
      `The ONNX file is damaged: ${label} should hold ${expected} bytes (${dtype}, ` +
        `[${dims.join(', ')}]) and holds ${bytes.length}.`,
    )
  }
  return { name, tensor: { dtype, dims, bytes } }
}

function externalDataFailure(label: string): Failure {
  return new Failure(
    'unsupported-model',
    `The weights of ${label} are in a separate file (ONNX external data), which a single dropped ` +
      'file cannot carry; save the model in one file (torch.onnx.export with external_data=False, ' +
      'or onnx.save(onnx.load(path), one_file)).',
  )
}

/** Packed floats are already little-endian bytes; an unpacked element is copied. */
function floats(field: Field, size: 4 | 8): Uint8Array {
  if (field.isLengthDelimited) return field.bytes()
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  if (size === 4) view.setFloat32(0, field.float(), true)
  else view.setFloat64(0, field.double(), true)
  return bytes
}

function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  if (only === undefined) return new Uint8Array(0)
  if (pieces.length === 1) return only
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    bytes.set(piece, offset)
    offset += piece.length
  }
  return bytes
}

/**
 * int32_data holds every type of at most 32 bits (float16 by its bits, 4-bit types two to an
 * element), int64_data int64, uint64_data the larger unsigned types: all are truncations.
 */
function integerBytes(dtype: DType, values: readonly bigint[]): Uint8Array {
  const size = Math.max(1, byteSize(dtype, 1))
  const bytes = new Uint8Array(values.length * size)
  const view = new DataView(bytes.buffer)
  values.forEach((value, index) => {
    const offset = index * size
    if (size === 8) view.setBigUint64(offset, BigInt.asUintN(64, value), true)
    else if (size === 4) view.setUint32(offset, Number(BigInt.asUintN(32, value)), true)
    else if (size === 2) view.setUint16(offset, Number(BigInt.asUintN(16, value)), true)
    else view.setUint8(offset, Number(BigInt.asUintN(8, value)))
  })
  return bytes
}

function packStrings(strings: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(strings.reduce((sum, text) => sum + 4 + text.length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const text of strings) {
    view.setUint32(offset, text.length, true)
    bytes.set(text, offset + 4)
    offset += 4 + text.length
  }
  return bytes
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
