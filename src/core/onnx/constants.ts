/** @file Constant tensors to typed arrays and back. */

import { Failure } from '../failure.ts'
import { byteSize } from './dtypes.ts'
import { bfloat16ToFloat32, float16ToFloat32 } from './half-floats.ts'
import type { ConstantTensor, DType } from './ir.ts'

/** How many elements a tensor of these sizes has; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}

/**
 * float32 values in C order; the other numeric types are converted. float32 data is shared with the
 * file when it is aligned: do not write into it.
 */
export function readFloats(tensor: ConstantTensor): Float32Array {
  if (tensor.dtype === 'float32') {
    const bytes = aligned(tensor.bytes, 4)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  }
  if (tensor.dtype === 'float16') return Float32Array.from(halves(tensor), float16ToFloat32)
  if (tensor.dtype === 'bfloat16') return Float32Array.from(halves(tensor), bfloat16ToFloat32)
  return Float32Array.from(readNumbers(tensor))
}

/**
 * Values of any numeric type (booleans as 0 and 1) in C order. int64 beyond 2^53 is clamped:
 * ONNX uses INT64_MAX for "to the end".
 * @throws Failure for strings
 */
export function readNumbers(tensor: ConstantTensor): number[] {
  if (tensor.dtype === 'int64' || tensor.dtype === 'uint64') {
    return Array.from(readBigInts(tensor), clampToSafe)
  }
  if (tensor.dtype === 'int4' || tensor.dtype === 'uint4') return readNibbles(tensor)
  if (tensor.dtype === 'float16' || tensor.dtype === 'bfloat16') return [...readFloats(tensor)]
  const { bytes } = tensor
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const size = byteSize(tensor.dtype, 1)
  const read = numberReader(view, tensor.dtype)
  return Array.from({ length: sizeOf(tensor.dims) }, (_, index) => read(index * size))
}

/** int64 or uint64 values, exact. @throws Failure for other types */
export function readBigInts(tensor: ConstantTensor): BigInt64Array | BigUint64Array {
  const bytes = aligned(tensor.bytes, 8)
  if (tensor.dtype === 'int64') {
    return new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  }
  if (tensor.dtype === 'uint64') {
    return new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  }
  throw new Failure(
    'internal',
    `A constant of type ${tensor.dtype} is not made of 64-bit integers.`,
  )
}

/** float32 tensor; a vector when dims are left out. A Float32Array is kept by reference. */
export function floatTensor(
  values: Float32Array | readonly number[],
  dims: readonly number[] = [values.length],
): ConstantTensor {
  const data = values instanceof Float32Array ? values : Float32Array.from(values)
  return constant('float32', dims, data)
}

/** float32 tensor without dimensions. */
export function floatScalar(value: number): ConstantTensor {
  return floatTensor([value], [])
}

/** int64 vector, or any shape when dims are given; 2^53 - 1 becomes INT64_MAX ("to the end"). */
export function int64Tensor(
  values: readonly number[],
  dims: readonly number[] = [values.length],
): ConstantTensor {
  return constant('int64', dims, BigInt64Array.from(values, widen))
}

/** int64 tensor without dimensions. */
export function int64Scalar(value: number): ConstantTensor {
  return int64Tensor([value], [])
}

export function boolTensor(
  values: readonly boolean[],
  dims: readonly number[] = [values.length],
): ConstantTensor {
  return constant('bool', dims, Uint8Array.from(values, Number))
}

/** A tensor of the given type from plain numbers; floats are rounded, integers truncated. */
export function numberTensor(
  dtype: DType,
  values: readonly number[],
  dims: readonly number[],
): ConstantTensor {
  switch (dtype) {
    case 'bool':
      return constant(
        dtype,
        dims,
        Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
      )
    case 'float32':
      return constant(dtype, dims, Float32Array.from(values))
    case 'float64':
      return constant(dtype, dims, Float64Array.from(values))
    case 'int8':
      return constant(dtype, dims, Int8Array.from(values))
    case 'int16':
      return constant(dtype, dims, Int16Array.from(values))
    case 'int32':
      return constant(dtype, dims, Int32Array.from(values))
    case 'int64':
      return constant(
        dtype,
        dims,
        BigInt64Array.from(values, (value) => widen(Math.trunc(value))),
      )
    case 'uint8':
      return constant(dtype, dims, Uint8Array.from(values))
    case 'uint16':
      return constant(dtype, dims, Uint16Array.from(values))
    case 'uint32':
      return constant(dtype, dims, Uint32Array.from(values))
    case 'uint64':
      return constant(
        dtype,
        dims,
        BigUint64Array.from(values, (value) => BigInt(value)),
      )
    default:
      throw new Failure('internal', `Constants of type ${dtype} are not made from numbers.`)
  }
}

function constant(dtype: DType, dims: readonly number[], data: ArrayBufferView): ConstantTensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (bytes.length !== byteSize(dtype, sizeOf(dims))) {
    throw new Failure(
      'internal',
      `${bytes.length} bytes do not fill ${dtype} [${dims.join(', ')}].`,
    )
  }
  return { dtype, dims, bytes }
}

/**
 * A view into the file may start anywhere; typed arrays must start at a multiple of their size.
 * Not `slice()`: of a Node Buffer that is another view.
 */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
}

function halves(tensor: ConstantTensor): Uint16Array {
  const bytes = aligned(tensor.bytes, 2)
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
}

/** 4-bit integers, the first of a pair in the low bits. */
function readNibbles(tensor: ConstantTensor): number[] {
  return Array.from({ length: sizeOf(tensor.dims) }, (_, index) => {
    const byte = tensor.bytes[index >> 1] ?? 0
    const nibble = index % 2 === 0 ? byte & 15 : byte >> 4
    return tensor.dtype === 'int4' && nibble > 7 ? nibble - 16 : nibble
  })
}

function numberReader(view: DataView, dtype: DType): (offset: number) => number {
  switch (dtype) {
    case 'bool':
    case 'uint8':
      return (offset) => view.getUint8(offset)
    case 'int8':
      return (offset) => view.getInt8(offset)
    case 'int16':
      return (offset) => view.getInt16(offset, true)
    case 'uint16':
      return (offset) => view.getUint16(offset, true)
    case 'int32':
      return (offset) => view.getInt32(offset, true)
    case 'uint32':
      return (offset) => view.getUint32(offset, true)
    case 'float32':
      return (offset) => view.getFloat32(offset, true)
    case 'float64':
      return (offset) => view.getFloat64(offset, true)
    default:
      throw new Failure('internal', `Constants of type ${dtype} cannot be read as numbers.`)
  }
}

function clampToSafe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER
  return Number(value)
}

function widen(value: number): bigint {
  if (value >= Number.MAX_SAFE_INTEGER) return 2n ** 63n - 1n
  if (value <= Number.MIN_SAFE_INTEGER) return -(2n ** 63n)
  return BigInt(value)
}
