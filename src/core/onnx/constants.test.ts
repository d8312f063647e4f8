import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../failure.ts'
import {
  floatScalar,
  floatTensor,
  int64Scalar,
  int64Tensor,
  numberTensor,
  readBigInts,
  readFloats,
  readNumbers,
} from './constants.ts'
import type { ConstantTensor } from './ir.ts'

/** The same tensor with its bytes starting at an odd address, as inside a file. */
function shifted(tensor: ConstantTensor, by: number): ConstantTensor {
  const buffer = new Uint8Array(tensor.bytes.length + by)
  buffer.set(tensor.bytes, by)
  return { ...tensor, bytes: buffer.subarray(by) }
}

describe('constants', () => {
  it('read back what was written, at any alignment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float()),
        fc.array(fc.maxSafeInteger()),
        fc.nat(7),
        (reals, integers, by) => {
          expect([...readFloats(shifted(floatTensor(reals), by))]).toEqual(reals)
          expect(readNumbers(shifted(int64Tensor(integers), by))).toEqual(
            integers.map((value) => value + 0),
          )
        },
      ),
    )
  })

  it.each([
    ['int8', [-128, 127]],
    ['uint8', [0, 255]],
    ['int16', [-32768, 32767]],
    ['uint16', [0, 65535]],
    ['int32', [-(2 ** 31), 2 ** 31 - 1]],
    ['uint32', [0, 2 ** 32 - 1]],
    ['uint64', [0, 2 ** 53 - 1]],
    ['float64', [0.1, -1e300]],
    ['bool', [0, 1]],
  ] as const)('hold the whole range of %s', (dtype, values) => {
    expect(readNumbers(shifted(numberTensor(dtype, values, [2]), 3))).toEqual([...values])
  })

  it('use INT64_MAX and INT64_MIN for "to the end"', () => {
    const ends = int64Tensor([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
    expect([...readBigInts(ends)]).toEqual([2n ** 63n - 1n, -(2n ** 63n)])
    expect(readNumbers(ends)).toEqual([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
  })

  it('scalars have no dimensions', () => {
    expect(floatScalar(2).dims).toEqual([])
    expect(int64Scalar(2).dims).toEqual([])
  })

  it('do not copy a Float32Array', () => {
    const data = new Float32Array([1, 2, 3])
    expect(readFloats(floatTensor(data)).buffer).toBe(data.buffer)
  })

  it('refuse values that do not fill the shape, and types without numbers', () => {
    expect(() => floatTensor([1, 2, 3], [2])).toThrow(Failure)
    expect(() => numberTensor('string', [1], [1])).toThrow(/not made from numbers/)
    expect(() => readBigInts(floatScalar(1))).toThrow(/not made of 64-bit integers/)
  })
})
