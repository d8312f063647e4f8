import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { expectedVolumes, toAffine, volumeFile } from '../../../parity/volume-fixtures.ts'
import { readNifti } from './nifti-read.ts'
import { writeNifti, writeNiftiGzip } from './nifti-write.ts'

const affine = toAffine(expectedVolumes.writtenAffine)
const data = Float32Array.from({ length: 24 }, (_, index) => index / 8)

describe('NIfTI writer', () => {
  test('the bytes that nibabel writes for the same volume', () => {
    const bytes = writeNifti({ data, dims: [2, 3, 4], affine, description: 'a map', space: 4 })
    const theirs = volumeFile('written-by-nibabel.nii')
    expect(bytes.length).toBe(theirs.length)
    const [ours, other] = [new DataView(bytes.buffer), new DataView(theirs.buffer)]
    const strayBytes: number[] = []
    for (let at = 0; at < bytes.length; at++) {
      // Real numbers of the qform differ in their last bits: compared as numbers below.
      if (at >= 76 && at < 108) continue
      if (at >= 256 && at < 328) continue
      if (bytes[at] !== theirs[at]) strayBytes.push(at)
    }
    // 'r' in the field "regular", which NIfTI calls unused.
    expect(strayBytes.filter((at) => at !== 38)).toEqual([])
    for (let at = 76; at < 108; at += 4) {
      expect(ours.getFloat32(at, true)).toBeCloseTo(other.getFloat32(at, true), 5)
    }
    for (let at = 256; at < 328; at += 4) {
      expect(ours.getFloat32(at, true)).toBeCloseTo(other.getFloat32(at, true), 5)
    }
  })

  test('read back: values, geometry, description', () => {
    const bytes = writeNiftiGzip({ data, dims: [2, 3, 4], affine, description: 'x'.repeat(200) })
    expect(gunzipSync(bytes)).toHaveLength(352 + 96)
    const file = readNifti(bytes)
    expect(file.volume.data).toEqual(data)
    expect(file.volume.dims).toEqual([2, 3, 4])
    expect(file.volume.affine).toEqual(affine.map((value) => Math.fround(value)))
    expect(file.description).toBe('x'.repeat(79))
    expect(file.space).toBe(1)
    expect(file.repairs).toEqual([])
  })

  test('uint8, and an affine with shear: sform only', () => {
    const sheared = toAffine([1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    const bytes = writeNifti({ data: Uint8Array.of(0, 1, 255), dims: [3, 1, 1], affine: sheared })
    const view = new DataView(bytes.buffer)
    expect(view.getInt16(252, true)).toBe(0)
    const file = readNifti(bytes)
    expect([...file.volume.data]).toEqual([0, 1, 255])
    expect(file.datatype).toBe('uint8')
    expect(file.volume.affine).toEqual(sheared)
  })

  test('every fixture keeps its place and values when written again', () => {
    for (const name of Object.keys(expectedVolumes.files)) {
      const { volume, space } = readNifti(volumeFile(name))
      const again = readNifti(writeNifti({ ...volume, space }))
      expect(again.volume.data).toEqual(volume.data)
      expect(again.space).toBe(space)
      for (const [index, value] of volume.affine.entries()) {
        expect(again.volume.affine[index]).toBeCloseTo(value, 5)
      }
    }
  })
})
