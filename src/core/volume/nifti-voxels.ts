/** @file The voxels of a NIfTI frame as float32: every scalar type, both byte orders, slope and intercept. */

export interface ScalarType {
  readonly name: string
  readonly bytes: 1 | 2 | 4 | 8
  readonly view: (buffer: ArrayBuffer) => ArrayLike<number>
}

/** By NIfTI datatype code. */
export const scalarTypes: Readonly<Record<number, ScalarType>> = {
  2: { name: 'uint8', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  4: { name: 'int16', bytes: 2, view: (buffer) => new Int16Array(buffer) },
  8: { name: 'int32', bytes: 4, view: (buffer) => new Int32Array(buffer) },
  16: { name: 'float32', bytes: 4, view: (buffer) => new Float32Array(buffer) },
  64: { name: 'float64', bytes: 8, view: (buffer) => new Float64Array(buffer) },
  256: { name: 'int8', bytes: 1, view: (buffer) => new Int8Array(buffer) },
  512: { name: 'uint16', bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  768: { name: 'uint32', bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  1024: {
    name: 'int64',
    bytes: 8,
    view: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
  },
  1280: {
    name: 'uint64',
    bytes: 8,
    view: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number),
  },
}

/** By NIfTI datatype code: what a voxel holds that is not one real number. */
export const otherTypes: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers',
  128: 'RGB colours',
  1536: '128-bit floats',
  1792: 'complex numbers',
  2048: 'complex numbers',
  2304: 'RGBA colours',
}

export interface Voxels {
  readonly data: Float32Array<ArrayBuffer>
  /** How many were NaN or infinite and became 0. */
  readonly nonFinite: number
  /** Whole numbers above 2^24, which float32 rounds. */
  readonly rounded: number
}

/**
 * @param raw the frame's bytes; a private copy, its byte order is changed in place.
 * Typed arrays are little-endian on every engine this runs on.
 */
export function decodeVoxels(
  raw: Uint8Array<ArrayBuffer>,
  type: ScalarType,
  isLittleEndian: boolean,
  slope: number,
  intercept: number,
): Voxels {
  if (!isLittleEndian) reverseBytes(raw, type.bytes)
  const source = type.view(raw.buffer)
  const data = new Float32Array(source.length)
  const isWhole = !type.name.startsWith('float')
  let nonFinite = 0
  let rounded = 0
  for (let i = 0; i < data.length; i++) {
    const value = source[i] ?? 0
    const scaled = Math.fround(value * slope + intercept)
    if (scaled - scaled !== 0) {
      nonFinite++
      continue
    }
    if (isWhole && (value > 16777216 || value < -16777216)) rounded++
    data[i] = scaled
  }
  return { data, nonFinite, rounded }
}

function reverseBytes(bytes: Uint8Array<ArrayBuffer>, size: 1 | 2 | 4 | 8): void {
  if (size === 1) return
  if (size === 2) {
    const halves = new Uint16Array(bytes.buffer)
    for (let i = 0; i < halves.length; i++) {
      const value = halves[i] ?? 0
      halves[i] = (value << 8) | (value >>> 8)
    }
    return
  }
  const words = new Uint32Array(bytes.buffer)
  for (let i = 0; i < words.length; i++) words[i] = reverseWord(words[i] ?? 0)
  if (size === 4) return
  for (let i = 0; i + 1 < words.length; i += 2) {
    const first = words[i] ?? 0
    words[i] = words[i + 1] ?? 0
    words[i + 1] = first
  }
}

function reverseWord(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
}
