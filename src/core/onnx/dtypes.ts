/** @file Element types: ONNX's numbers for them and their sizes. */

import type { DType } from './ir.ts'

/** TensorProto.DataType, onnx.proto. Types that are not listed decode as 'other'. */
const CODES: Readonly<Record<Exclude<DType, 'other'>, number>> = {
  bfloat16: 16,
  bool: 9,
  float16: 10,
  float32: 1,
  float64: 11,
  int4: 22,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  uint4: 21,
  uint8: 2,
  uint16: 4,
  uint32: 12,
  uint64: 13,
}

const BITS: Readonly<Record<DType, number>> = {
  bfloat16: 16,
  bool: 8,
  float16: 16,
  float32: 32,
  float64: 64,
  int4: 4,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  other: 0,
  string: 0,
  uint4: 4,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
}

const DTYPES: ReadonlyMap<number, DType> = new Map(
  Object.entries(CODES).map(([dtype, code]) => [code, dtype as DType]),
)

/** ONNX's number for an element type; 0 (undefined) for 'other'. */
export function dtypeCode(dtype: DType): number {
  return dtype === 'other' ? 0 : CODES[dtype]
}

export function dtypeOfCode(code: number): DType {
  return DTYPES.get(code) ?? 'other'
}

/** Bytes that `count` elements take; 4-bit types are packed two to a byte, strings count as 0. */
export function byteSize(dtype: DType, count: number): number {
  return Math.ceil((count * BITS[dtype]) / 8)
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16'
}
