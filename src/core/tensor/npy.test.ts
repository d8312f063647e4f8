import { expect, test } from 'vitest'
import { decodeNpy, encodeNpy, isNpy } from './npy.ts'

/** A file as NumPy lays it out, byte by byte. */
function file(
  header: string,
  data: readonly number[],
  { version = 1, headerBytes }: { version?: number; headerBytes?: number } = {},
): Uint8Array {
  const text = new TextEncoder().encode(header)
  const length = headerBytes ?? text.length
  const size = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0]
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...size, ...text, ...data)
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`

test('what is written is read, at a multiple of 64 bytes', () => {
  for (const dims of [[], [3], [2, 3], [1, 1, 2, 2, 2]]) {
    const size = dims.reduce((a, b) => a * b, 1)
    const data = Float32Array.from({ length: size }, (_, i) => i - 1.5)
    const bytes = encodeNpy({ dims, data })
    expect((bytes.length - 4 * size) % 64).toBe(0)
    expect(decodeNpy(bytes)).toEqual({ dtype: 'float32', tensor: { dims, data } })
  }
})

test.each([
  ['<i2', [0xfe, 0xff, 0x02, 0x01], 'int16', [-2, 258]],
  ['>i2', [0xff, 0xfe, 0x01, 0x02], 'int16', [-2, 258]],
  ['<i4', [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0], 'int32', [-1, 1]],
  ['<i8', [...new Array(8).fill(255), 5, 0, 0, 0, 0, 0, 0, 0], 'int64', [-1, 5]],
  ['|u1', [200, 3], 'uint8', [200, 3]],
  ['|b1', [1, 0], 'bool', [1, 0]],
  ['<f8', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0], 'float64', [1, -2]],
  ['>f4', [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], 'float32', [1, -2]],
] as const)('%s', (descr, bytes, dtype, values) => {
  const decoded = decodeNpy(file(header(descr, '(2,)'), bytes))
  expect(decoded.dtype).toBe(dtype)
  expect([...decoded.tensor.data]).toEqual([...values])
})

test.each([1, 2, 3])('version %d, read from the middle of a buffer', (version) => {
  const bytes = file(header('|u1', '(1, 2)'), [7, 8], { version })
  const padded = new Uint8Array(bytes.length + 3)
  padded.set(bytes, 3)
  expect(decodeNpy(padded.subarray(3)).tensor).toEqual({
    dims: [1, 2],
    data: Float32Array.of(7, 8),
  })
})

test('Fortran order becomes C order', () => {
  const { tensor } = decodeNpy(file(header('|u1', '(2, 3)', 'True'), [1, 4, 2, 5, 3, 6]))
  expect([...tensor.data]).toEqual([1, 2, 3, 4, 5, 6])
})

test.each([
  ['not one at all', new TextEncoder().encode('hello world'), /NumPy's signature/],
  ['empty', new Uint8Array(0), /NumPy's signature/],
  ['version 9', file(header('|u1', '(1,)'), [1], { version: 9 }), /version 9/],
  ['cut header', file('{', [], { headerBytes: 500 }), /truncated inside its header/],
  [
    'cut data',
    file(header('<f4', '(3,)'), [0, 0, 0, 0]),
    /3 float32 elements need 12 bytes, but 4/,
  ],
  ['complex', file(header('<c8', '(1,)'), []), /'<c8'; bool, float32, .*astype/],
  ['object', file(header('|O', '(1,)'), []), /'\|O'/],
  ['record', file("{'descr': [('a', '<f4')], 'shape': (1,), }", []), /several fields/],
  ['no shape', file("{'descr': '<f4', }", []), /no shape/],
])('refuses: %s', (_, bytes, message) => {
  expect(() => decodeNpy(bytes)).toThrow(message)
  expect(() => decodeNpy(bytes)).toThrow(/^this is not a readable \.npy file/)
})

test('tells its own files', () => {
  expect(isNpy(encodeNpy({ dims: [1], data: Float32Array.of(1) }))).toBe(true)
  expect(isNpy(Uint8Array.of(0x93, 0x4e))).toBe(false)
})
