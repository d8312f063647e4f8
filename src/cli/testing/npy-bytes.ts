/** @file `.npy` files of every type and order, written independently of the product's own codec. */

type Numbers = readonly number[]

const writers = {
  '|u1': (values: Numbers) => Uint8Array.from(values),
  '<i2': (values: Numbers) => Int16Array.from(values),
  '<i4': (values: Numbers) => Int32Array.from(values),
  '<i8': (values: Numbers) => BigInt64Array.from(values, BigInt),
  '<f4': (values: Numbers) => Float32Array.from(values),
  '<f8': (values: Numbers) => Float64Array.from(values),
  '<c8': (values: Numbers) => Float32Array.from(values.flatMap((value) => [value, 0])),
} as const

export type NpyCode = keyof typeof writers

/** Version 1.0; `values` in the order in which the file stores them. */
export function npy(
  dims: Numbers,
  values: Numbers,
  code: NpyCode = '<f4',
  fortranOrder = false,
): Uint8Array {
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`
  const order = fortranOrder ? 'True' : 'False'
  const text = `{'descr': '${code}', 'fortran_order': ${order}, 'shape': ${shape}, }`
  const header = text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11, ' ')
  const data = writers[code](values)
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]),
    Buffer.from(Uint16Array.of(header.length + 1).buffer),
    Buffer.from(`${header}\n`, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ])
}

/** The numbers of a float32, C-order file with its shape; throws where it is anything else. */
export function readNpy(bytes: Uint8Array): { readonly dims: number[]; readonly values: number[] } {
  const buffer = Buffer.from(bytes)
  const start = 10 + buffer.readUInt16LE(8)
  const header = buffer.toString('latin1', 10, start)
  const match = /'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]*)\)/.exec(header)
  if (!match) throw new Error(`not float32 in C order: ${header}`)
  const dims = (match[1] ?? '').split(',').flatMap((size) => (size.trim() ? [Number(size)] : []))
  const count = (buffer.length - start) / 4
  return {
    dims,
    values: Array.from({ length: count }, (_, i) => buffer.readFloatLE(start + 4 * i)),
  }
}
