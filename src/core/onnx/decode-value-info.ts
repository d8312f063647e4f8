/** @file ValueInfoProto, TypeProto and TensorShapeProto to the IR. */

import { dtypeOfCode } from './dtypes.ts'
import type { DType, ValueInfo } from './ir.ts'
import { readMessage } from './wire.ts'

export function decodeValueInfo(message: Uint8Array): ValueInfo {
  let name = ''
  let dtype: DType = 'other'
  let dims: (number | string | null)[] | null = null
  readMessage(message, (field) => {
    if (field.number === 1) name = field.text()
    if (field.number !== 2) return
    readMessage(field.bytes(), (type) => {
      // Sequences, maps and optionals stay 'other'.
      if (type.number !== 1) return
      readMessage(type.bytes(), (tensor) => {
        if (tensor.number === 1) dtype = dtypeOfCode(tensor.int32())
        if (tensor.number === 2) dims = decodeShape(tensor.bytes())
      })
    })
  })
  return { name, dtype, dims }
}

function decodeShape(message: Uint8Array): (number | string | null)[] {
  const dims: (number | string | null)[] = []
  readMessage(message, (field) => {
    if (field.number !== 1) return
    let dim: number | string | null = null
    readMessage(field.bytes(), (part) => {
      if (part.number === 1) dim = Number(part.int64())
      if (part.number === 2) dim = part.text() || null
    })
    // Some exporters write -1 for "unknown".
    dims.push(typeof dim === 'number' && dim < 0 ? null : dim)
  })
  return dims
}
