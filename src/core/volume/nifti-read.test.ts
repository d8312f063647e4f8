import { describe, expect, test } from 'vitest'
import { expectedVolumes, optionalFile, volumeFile } from '../../../parity/volume-fixtures.ts'
import { spacingOf } from './affine.ts'
import { compress, decompress } from './gzip.ts'
import { looksLikeMask } from './looks-like-mask.ts'
import { readNifti } from './nifti-read.ts'
import { orientationOf } from './orientation.ts'

function expectClose(actual: ArrayLike<number>, expected: readonly number[], relative: number) {
  expect(actual.length).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs), 1e-30)
  for (const [index, value] of expected.entries()) {
    expect(Math.abs((actual[index] ?? Number.NaN) - value)).toBeLessThanOrEqual(relative * scale)
  }
}

describe('files written by nibabel', () => {
  test.each(Object.entries(expectedVolumes.files))('%s', (name, expected) => {
    const file = readNifti(volumeFile(name))
    const shared = expected.values
    const values = typeof shared === 'string' ? expectedVolumes.files[shared]?.values : shared
    expect([...file.volume.data]).toEqual((values as number[]).map(Math.fround))
    expect(file.volume.dims).toEqual(expected.dims)
    expect(file.datatype).toBe(expected.datatype)
    expect(file.version).toBe(expected.version)
    expectClose(file.volume.affine, expected.affine, 1e-7)
    expect(orientationOf(file.volume.affine)).toBe(expected.orientation)
    if (expected.space !== undefined) expect(file.space).toBe(expected.space)
    const isRounded = /int(32|64)/.test(expected.datatype)
    expect(file.repairs).toEqual(isRounded ? [expect.stringMatching(/rounded to float32\.$/)] : [])
  })

  test.each(Object.entries(expectedVolumes.frames))('frames of %s', (name, expected) => {
    for (const [frame, values] of expected.frames.entries()) {
      const file = readNifti(volumeFile(name), { frame })
      expect(file.frames).toBe(expected.frames.length)
      expect(file.frame).toBe(frame)
      expect(file.volume.dims).toEqual(expected.dims)
      expectClose(file.volume.data, values, 1e-7)
      expectClose(file.volume.affine, expected.affine, 1e-7)
    }
  })
})

/** A 2 x 1 x 1 float32 file with one header field changed. */
function edited(edit: (view: DataView) => void, values = [1, 2]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(352 + values.length * 4)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, 348, true)
  for (const [index, size] of [3, values.length, 1, 1, 1, 1, 1, 1].entries()) {
    view.setInt16(40 + 2 * index, size, true)
  }
  view.setInt16(70, 16, true)
  view.setInt16(72, 32, true)
  for (const index of [0, 1, 2, 3]) view.setFloat32(76 + 4 * index, 1, true)
  view.setFloat32(108, 352, true)
  view.setInt16(254, 1, true)
  for (const row of [0, 1, 2]) view.setFloat32(280 + row * 20, 1, true)
  bytes.set([0x6e, 0x2b, 0x31, 0], 344)
  for (const [index, value] of values.entries()) view.setFloat32(352 + 4 * index, value, true)
  edit(view)
  return bytes
}

function text(content: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(content.padEnd(400))
}

const gzipped = volumeFile('float32-v1-le.nii.gz')
const plain = volumeFile('sform-oblique.nii')
const version2 = decompress(volumeFile('int16-v2-be.nii.gz'), 'int16-v2-be')

const hostile: readonly [what: string, bytes: Uint8Array<ArrayBuffer>, sentence: string][] = [
  ['no bytes', new Uint8Array(0), 'x.nii is empty; choose another file.'],
  [
    'a text file',
    text('hello'),
    'x.nii is a text file, not a NIfTI file; open a .nii or .nii.gz volume.',
  ],
  ['zeros', new Uint8Array(1000), 'x.nii is not a NIfTI file; open a .nii or .nii.gz volume.'],
  [
    'DICOM',
    new Uint8Array([...new Uint8Array(128), 0x44, 0x49, 0x43, 0x4d, ...new Uint8Array(400)]),
    'x.nii is a DICOM file, not a NIfTI file; convert the series with dcm2niix.',
  ],
  [
    'a picture',
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, ...new Uint8Array(400)]),
    'x.nii is a PNG picture, not a NIfTI file; open a .nii or .nii.gz volume.',
  ],
  [
    'half a header',
    plain.slice(0, 200),
    'x.nii is not a NIfTI file; open a .nii or .nii.gz volume.',
  ],
  [
    'part of a NIfTI-2 header',
    version2.slice(0, 400),
    'x.nii is cut short: a NIfTI header has 540 bytes, but the file has 400; download or copy it again.',
  ],
  [
    'one voxel missing',
    plain.slice(0, -2),
    'x.nii is cut short: 4 x 3 x 2 voxels of int16 need 400 bytes, but 398 are there; download or copy it again.',
  ],
  [
    'gzip cut in the middle',
    gzipped.slice(0, 90),
    'x.nii is cut short: its gzip stream ends too early; download or copy it again.',
  ],
  [
    'gzip cut in its trailer',
    gzipped.slice(0, -3),
    'x.nii is damaged: its gzip checksum or length does not match what it holds; download or copy it again.',
  ],
  [
    'gzip with a changed byte',
    gzipped.map((byte, index) => (index === gzipped.length - 20 ? byte ^ 0x10 : byte)),
    'x.nii is damaged: its gzip checksum or length does not match what it holds; download or copy it again.',
  ],
  [
    'only a gzip header',
    gzipped.slice(0, 12),
    'x.nii is cut short: its gzip stream ends too early; download or copy it again.',
  ],
  [
    '.hdr of a pair',
    edited((view) => view.setUint8(345, 0x69)),
    'x.nii is the header half of a .hdr/.img pair; convert the pair to one .nii or .nii.gz file.',
  ],
  [
    'Analyze',
    edited((view) => view.setUint32(344, 0)),
    'x.nii looks like an Analyze 7.5 header, which says no orientation; convert it to .nii or .nii.gz.',
  ],
  [
    'complex numbers',
    edited((view) => view.setInt16(70, 32, true)),
    'x.nii holds complex numbers in each voxel; save it with one real number per voxel, as float32 or an integer type.',
  ],
  [
    'RGB',
    edited((view) => view.setInt16(70, 128, true)),
    'x.nii holds RGB colours in each voxel; save it with one real number per voxel, as float32 or an integer type.',
  ],
  [
    'a datatype nobody knows',
    edited((view) => view.setInt16(70, 77, true)),
    'x.nii has datatype code 77, which NIfTI does not define; save it as float32 or an integer type.',
  ],
  [
    'no dimensions',
    edited((view) => view.setInt16(40, 0, true)),
    'x.nii says it has 0 dimensions; a volume has 2 to 7, so its header is damaged or of another format.',
  ],
  [
    'a negative dimension',
    edited((view) => view.setInt16(44, -5, true)),
    'x.nii says dimension 2 has -5 voxels; its header is damaged.',
  ],
  [
    'dimensions beyond the file',
    edited((view) => {
      for (const at of [42, 44, 46]) view.setInt16(at, 32767, true)
    }),
    'x.nii is cut short: 32767 x 32767 x 32767 voxels of float32 need 140724603847004 bytes, but 360 are there; download or copy it again.',
  ],
  [
    'vox_offset beyond the file',
    edited((view) => view.setFloat32(108, 100000, true), [1, 2]).slice(0, -1),
    'x.nii is cut short: its voxels should begin at byte 100000, but the file has 359 bytes; download or copy it again.',
  ],
  [
    'vox_offset NaN in a file of another length',
    new Uint8Array([...edited((view) => view.setFloat32(108, Number.NaN, true)), 0]),
    'x.nii says that its voxels begin at byte NaN, which cannot be; its header is damaged.',
  ],
  [
    'no geometry at all',
    edited((view) => {
      view.setInt16(254, 0, true)
      for (const at of [80, 84, 88]) view.setFloat32(at, 0, true)
    }),
    'x.nii says neither where its voxels are nor how large they are (sform, qform and voxel sizes are missing, zero or not numbers); write its geometry again with the program that made it.',
  ],
]

describe('hostile files', () => {
  test.each(hostile)('%s', (_, bytes, sentence) => {
    expect(() => readNifti(bytes, { name: 'x.nii' })).toThrow(
      expect.objectContaining({ name: 'Failure', kind: 'bad-file', message: sentence }),
    )
  })

  test('a frame that is not there', () => {
    expect(() => readNifti(plain, { name: 'x.nii', frame: 1 })).toThrow(
      expect.objectContaining({
        kind: 'bad-request',
        message: 'x.nii has one frame, numbered from 0, so there is no frame 1.',
      }),
    )
    expect(() => readNifti(volumeFile('series-scaled.nii.gz'), { frame: 3 })).toThrow(
      'This file has 3 frames, numbered from 0, so there is no frame 3.',
    )
  })

  test('every cut of a file is refused with a sentence, never with another error', () => {
    for (const whole of [plain, gzipped, version2]) {
      for (let length = 0; length < whole.length; length++) {
        expect(() => readNifti(whole.slice(0, length))).toThrow(
          expect.objectContaining({ kind: 'bad-file' }),
        )
      }
    }
  })
})

const unsaid =
  'The file says no orientation: its axes were taken as right, front, top from the origin, so left and right may be swapped.'

const repaired: readonly [
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  values: number[],
  spacing: number[],
  repairs: string[],
][] = [
  ['nothing', edited(() => {}), [1, 2], [1, 1, 1], []],
  [
    'NaN and infinite voxels',
    edited(() => {}, [Number.NaN, 3, Number.NEGATIVE_INFINITY]),
    [0, 3, 0],
    [1, 1, 1],
    ['2 voxels were not finite numbers (NaN or infinite) and were set to 0.'],
  ],
  [
    'one NaN',
    edited(() => {}, [Number.NaN, 3]),
    [0, 3],
    [1, 1, 1],
    ['1 voxel was not a finite number (NaN or infinite) and was set to 0.'],
  ],
  [
    'a constant image',
    edited(() => {}, [7, 7]),
    [7, 7],
    [1, 1, 1],
    ['Every voxel has the same value, 7: there is nothing to see.'],
  ],
  ['slope 0 means none', edited((view) => view.setFloat32(116, 5, true)), [1, 2], [1, 1, 1], []],
  [
    'slope and intercept',
    edited((view) => {
      view.setFloat32(112, 2, true)
      view.setFloat32(116, 5, true)
    }),
    [7, 9],
    [1, 1, 1],
    [],
  ],
  [
    'an infinite slope',
    edited((view) => view.setFloat32(112, Number.POSITIVE_INFINITY, true)),
    [1, 2],
    [1, 1, 1],
    ['The scaling (slope and intercept) is not made of finite numbers and was ignored.'],
  ],
  [
    'vox_offset 0 in a file of the right length',
    edited((view) => view.setFloat32(108, 0, true)),
    [1, 2],
    [1, 1, 1],
    [
      "The header says that voxels begin at byte 0, which cannot be; they were read from byte 352, which fits the file's length.",
    ],
  ],
  [
    'bits per voxel that contradict the type',
    edited((view) => view.setInt16(72, 8, true)),
    [1, 2],
    [1, 1, 1],
    ['The header says 8 bits per voxel, but float32 has 32; the type was believed.'],
  ],
  [
    'a fourth dimension of 0',
    edited((view) => {
      view.setInt16(40, 4, true)
      view.setInt16(48, 0, true)
    }),
    [1, 2],
    [1, 1, 1],
    ['Dimension 4 has size 0 and was taken as 1.'],
  ],
  [
    'a zero sform, voxel sizes left',
    edited((view) => {
      for (const row of [0, 1, 2]) view.setFloat32(280 + row * 20, 0, true)
      view.setFloat32(80, 2, true)
    }),
    [1, 2],
    [2, 1, 1],
    ['The sform matrix is all zero and was ignored.', unsaid],
  ],
  [
    'a NaN sform, qform left',
    edited((view) => {
      view.setFloat32(280, Number.NaN, true)
      view.setInt16(252, 1, true)
      view.setFloat32(84, 3, true)
    }),
    [1, 2],
    [1, 3, 1],
    ['The sform matrix is not made of finite numbers and was ignored.'],
  ],
  [
    'a flat sform and a NaN qform',
    edited((view) => {
      view.setFloat32(320, 0, true)
      view.setInt16(252, 1, true)
      view.setFloat32(256, Number.NaN, true)
    }),
    [1, 2],
    [1, 1, 1],
    [
      'The sform matrix is flat (two of its directions are the same or zero) and was ignored.',
      'The qform is not made of finite numbers and was ignored.',
      unsaid,
    ],
  ],
  ['no codes', edited((view) => view.setInt16(254, 0, true)), [1, 2], [1, 1, 1], [unsaid]],
  [
    'micrometres',
    edited((view) => {
      view.setUint8(123, 3)
      for (const row of [0, 1, 2]) view.setFloat32(280 + row * 20, 500, true)
    }),
    [1, 2],
    [0.5, 0.5, 0.5],
    ['Positions in micrometres were changed to millimetres.'],
  ],
]

describe('repairs', () => {
  test.each(repaired)('%s', (_, bytes, values, spacing, repairs) => {
    const file = readNifti(bytes)
    expect([...file.volume.data]).toEqual(values)
    expect(spacingOf(file.volume.affine)).toEqual(spacing)
    expect(file.repairs).toEqual(repairs)
  })

  test('extensions between header and voxels are stepped over, whatever their sizes say', () => {
    const bytes = edited(() => {})
    const longer = new Uint8Array(bytes.length + 16)
    longer.set(bytes.subarray(0, 348))
    longer.set([1, 0, 0, 0, 255, 255, 255, 255, 4, 0, 0, 0], 348)
    longer.set(bytes.subarray(352), 368)
    new DataView(longer.buffer).setFloat32(108, 368, true)
    expect([...readNifti(longer).volume.data]).toEqual([1, 2])
  })

  test('bytes after the voxels and after the gzip stream do no harm', () => {
    expect([...readNifti(new Uint8Array([...edited(() => {}), 9, 9])).volume.data]).toEqual([1, 2])
    const trailed = new Uint8Array(gzipped.length + 32)
    trailed.set(gzipped)
    expect(readNifti(trailed).volume.data).toEqual(readNifti(gzipped).volume.data)
  })
})

test('a gzip file of two members (bgzip) is read as one', () => {
  const whole = decompress(gzipped, 'whole')
  const [head, tail] = [compress(whole.slice(0, 370)), compress(whole.slice(370))]
  const both = new Uint8Array([...head, ...tail])
  expect(readNifti(both).volume).toEqual(readNifti(gzipped).volume)
})

describe('real volumes', () => {
  const names = [
    'ms-patient07-flair.nii.gz',
    'ms-patient07-lesion.nii.gz',
    'tumour-brain1-image.nii.gz',
    'tumour-brain1-label.nii.gz',
  ]
  const here = names.flatMap((name) => {
    const bytes = optionalFile(`../shared/reference/data/${name}`)
    return bytes === null ? [] : [{ name, bytes }]
  })
  test.skipIf(here.length > 0)('skipped: the reference volumes are not on this machine', () => {})
  test.each(here)('$name', ({ name, bytes }) => {
    const file = readNifti(bytes, { name })
    expect(file.volume.data.length).toBe(file.volume.dims.reduce((a, b) => a * b))
    expect(Math.max(...spacingOf(file.volume.affine))).toBeLessThan(10)
    expect(looksLikeMask(file.volume.data)).toBe(/lesion|label/.test(name))
    expect(file.repairs).toEqual([])
  })
})
