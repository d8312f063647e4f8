/** @file NIfTI files made by hand from the published header layout: the tests share no code with the reader. */

import { gunzipSync, gzipSync } from 'node:zlib'

export interface MadeVolume {
  readonly dims: readonly [number, number, number]
  readonly spacingMm: number
  /** Value at voxel (i, j, k). */
  value(i: number, j: number, k: number): number
}

/** A gzipped float32 NIfTI-1, RAS, origin at the centre of the grid. */
export function makeNifti({ dims, spacingMm, value }: MadeVolume): Buffer {
  const [nx, ny, nz] = dims
  const file = Buffer.alloc(352 + 4 * nx * ny * nz)
  file.writeInt32LE(348, 0)
  file.writeInt16LE(3, 40)
  dims.forEach((size, axis) => {
    file.writeInt16LE(size, 42 + 2 * axis)
  })
  for (let axis = 3; axis < 7; axis++) file.writeInt16LE(1, 42 + 2 * axis)
  file.writeInt16LE(16, 70)
  file.writeInt16LE(32, 72)
  file.writeFloatLE(1, 76)
  for (let axis = 0; axis < 3; axis++) file.writeFloatLE(spacingMm, 80 + 4 * axis)
  file.writeFloatLE(352, 108)
  file.writeFloatLE(1, 112)
  file.writeUInt8(2, 123)
  file.writeInt16LE(1, 254)
  dims.forEach((size, axis) => {
    file.writeFloatLE(spacingMm, 280 + 16 * axis + 4 * axis)
    file.writeFloatLE((-spacingMm * (size - 1)) / 2, 280 + 16 * axis + 12)
  })
  file.write('n+1\0', 344, 'latin1')
  let offset = 352
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        file.writeFloatLE(value(i, j, k), offset)
        offset += 4
      }
  return gzipSync(file)
}

export interface ReadVolume {
  readonly dims: readonly number[]
  /** Rows of the sform: 3 x 4. */
  readonly sform: readonly number[]
  readonly data: Float32Array
}

/** Reads back a float32 little-endian NIfTI-1, gzipped or not, that the page exported. */
export function readNifti(bytes: Buffer): ReadVolume {
  const file = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  if (file.readInt32LE(0) !== 348 || file.readInt16LE(70) !== 16)
    throw new Error('not a float32 NIfTI-1')
  const dims = [0, 1, 2].map((axis) => file.readInt16LE(42 + 2 * axis))
  const sform = Array.from({ length: 12 }, (_, entry) => file.readFloatLE(280 + 4 * entry))
  const start = file.readFloatLE(108)
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, voxel) =>
    file.readFloatLE(start + 4 * voxel),
  )
  return { dims, sform, data }
}
