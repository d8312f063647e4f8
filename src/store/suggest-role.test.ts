import { expect, test } from 'vitest'
import type { OpenedVolume } from '../rpc/volume-api.ts'
import { kindOfFile, stemOf } from './file-kinds.ts'
import { suggestRole } from './suggest-role.ts'

const volume = (part: Partial<OpenedVolume>): OpenedVolume => ({
  id: 'v',
  name: 'scan.nii.gz',
  dims: [4, 4, 4],
  spacingMm: [1, 1, 1],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  datatype: 'float32',
  frames: 1,
  frame: 0,
  orientation: 'RAS',
  min: 0,
  max: 900,
  repairs: [],
  sha256: '',
  looksLikeMask: false,
  ...part,
})
const alone = { imagesInDrop: 1, hasImage: false, volumesWanted: 1, volumesLoaded: 0 }
const beside = { ...alone, imagesInDrop: 0, hasImage: true, volumesLoaded: 1 }

test.each([
  ['a scan', volume({}), alone, 'image', true],
  ['a scan beside one', volume({}), { ...beside, imagesInDrop: 1 }, 'image', true],
  [
    'a named mask',
    volume({ name: 'sub-01_lesion.nii', max: 1, looksLikeMask: true }),
    alone,
    'truth',
    true,
  ],
  [
    'a binary volume beside an image',
    volume({ max: 1, looksLikeMask: true }),
    beside,
    'truth',
    true,
  ],
  ['a binary volume alone', volume({ max: 1, looksLikeMask: true }), alone, 'image', false],
  [
    'labels without a telling name',
    volume({ max: 7, looksLikeMask: true }),
    beside,
    'truth',
    false,
  ],
  ['a named mask that is not one', volume({ name: 'mask.nii' }), beside, 'image', false],
  ['an empty mask', volume({ name: 'mask.nii', max: 0 }), beside, 'truth', true],
  ['a second channel', volume({}), { ...beside, volumesWanted: 2 }, 'channel', false],
  ['two scans at once', volume({}), { ...alone, imagesInDrop: 2 }, 'channel', false],
] as const)('%s', (_, opened, context, role, isObvious) => {
  expect(suggestRole(opened, context)).toMatchObject({ role, isObvious })
})

test('files are told apart by name, and a card finds its model', () => {
  expect(['a.nii', 'B.NII.GZ', 'm.onnx', 'm.card.json', 'x.txt'].map(kindOfFile)).toEqual([
    'volume',
    'volume',
    'model',
    'card',
    'other',
  ])
  expect(['m.onnx', 'm.card.json', 'm.v2.onnx'].map(stemOf)).toEqual(['m', 'm', 'm.v2'])
})
