import { sameDims } from '../core/tensor/arithmetic.ts'
import type { Tensors } from '../core/tensor/tensor.ts'

/** Whether the same numbers come again, bit for bit. */
export function sameTensors(a: Tensors, b: Tensors): boolean {
  return (
    a.length === b.length &&
    a.every(({ dims, data }, index) => {
      const other = b[index]
      return other !== undefined && sameDims(dims, other.dims) && sameBits(data, other.data)
    })
  )
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const left = bitsOf(a)
  const right = bitsOf(b)
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return left.length === right.length
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length)
}
