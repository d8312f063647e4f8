import { expect, test } from 'vitest'
import { isSoftware, nameOf } from './find-gpu.ts'
import { formatBytes } from './format-bytes.ts'
import { sha256 } from './hash.ts'
import { sameTensors } from './same-tensors.ts'
import { chooseWasmThreads } from './wasm-threads.ts'

const info = (
  vendor: string,
  architecture: string,
  description = '',
  isFallbackAdapter = false,
) => ({
  vendor,
  architecture,
  description,
  isFallbackAdapter,
})

test('software adapters are told from real ones', () => {
  expect(isSoftware(info('google', 'swiftshader'))).toBe(true)
  expect(isSoftware(info('mesa', '', 'llvmpipe (LLVM 15.0.6, 256 bits)'))).toBe(true)
  expect(isSoftware(info('microsoft', '', 'Microsoft Basic Render Driver'))).toBe(true)
  expect(isSoftware(info('', '', '', true))).toBe(true)
  expect(isSoftware(info('nvidia', 'ampere'))).toBe(false)
  expect(isSoftware(info('apple', 'metal-3'))).toBe(false)
  expect(nameOf(info('nvidia', 'ampere'))).toBe('nvidia ampere')
  expect(nameOf(info('', ''))).toBe('GPU')
})

test('threads need isolation, and stop at eight', () => {
  expect(chooseWasmThreads(false, 16)).toMatchObject({
    count: 1,
    reason: expect.stringContaining('not cross-origin isolated'),
  })
  expect(chooseWasmThreads(true, 2).count).toBe(2)
  expect(chooseWasmThreads(true, 32).count).toBe(8)
  expect(chooseWasmThreads(true, undefined).count).toBe(1)
})

test('bytes for people', () => {
  expect([0, 2048, 5 * 2 ** 20, 5.2 * 2 ** 30].map(formatBytes)).toEqual([
    '1 kB',
    '2 kB',
    '5 MB',
    '5.2 GB',
  ])
})

test('sha256 is what sha256sum prints', async () => {
  // printf 'abc' | sha256sum
  expect(await sha256(new TextEncoder().encode('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

test('the same numbers are told from others, from other shapes, and from other zeros', () => {
  const of = (dims: readonly number[], ...data: number[]) => [
    { dims, data: new Float32Array(data) },
  ]
  expect(sameTensors(of([3], 1, 2, 3), of([3], 1, 2, 3))).toBe(true)
  expect(sameTensors(of([1], Number.NaN), of([1], Number.NaN))).toBe(true)
  for (const other of [of([3], 1, 2, 3.0000002), of([1, 3], 1, 2, 3), of([2], 1, 2), []]) {
    expect(sameTensors(of([3], 1, 2, 3), other)).toBe(false)
  }
  expect(sameTensors(of([1], 0), of([1], -0))).toBe(false)
  const whole = new Float32Array([9, 1, 2, 3])
  expect(sameTensors([{ dims: [3], data: whole.subarray(1) }], of([3], 1, 2, 3))).toBe(true)
})
