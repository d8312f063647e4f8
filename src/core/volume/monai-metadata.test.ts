import { describe, expect, test } from 'vitest'
import { cardFromMonaiMetadata, isMonaiMetadata } from './monai-metadata.ts'

/** Written by hand after the MONAI bundle specification (docs.monai.io, mb_specification). */
const segmentation = {
  version: '0.4.0',
  monai_version: '1.3.0',
  task: 'Multimodal brain tumour segmentation',
  description: 'Segments subregions from four contrasts.',
  references: ['Myronenko 2018. https://arxiv.org/abs/1810.11654'],
  network_data_format: {
    inputs: {
      image: {
        type: 'image',
        format: 'magnitude',
        modality: 'MR',
        num_channels: 4,
        spatial_shape: ['8*n', '8*n', '8*n'],
        dtype: 'float32',
        value_range: [],
        is_patch_data: true,
        channel_def: { '0': 'T1c', '1': 'T1', '2': 'T2', '3': 'FLAIR' },
      },
    },
    outputs: {
      pred: {
        type: 'image',
        format: 'segmentation',
        num_channels: 3,
        spatial_shape: ['8*n', '8*n', '8*n'],
        dtype: 'float32',
        value_range: [0, 1],
        channel_def: { '0': 'tumour core', '1': 'whole tumour', '2': 'enhancing' },
      },
    },
  },
}

function classifier(input: Record<string, unknown>, output: Record<string, unknown> = {}) {
  return {
    name: 'Classifier',
    network_data_format: {
      inputs: { image: { type: 'image', num_channels: 1, spatial_shape: [96, 80, 64], ...input } },
      outputs: { pred: output },
    },
  }
}

describe('MONAI metadata', () => {
  test('a segmentation bundle', () => {
    const { card, unknown } = cardFromMonaiMetadata(segmentation)
    expect(card).toMatchObject({
      title: 'Multimodal brain tumour segmentation',
      citation: 'Myronenko 2018. https://arxiv.org/abs/1810.11654',
      layout: 'NCIJK',
      orientation: 'RAS',
      shape: null,
      spacing: null,
      multipleOf: 8,
      centre: 'brain',
      intensity: [{ kind: 'z-score', scope: 'brain' }],
      classNames: ['tumour core', 'whole tumour', 'enhancing'],
      output: 'segmentation',
    })
    expect(card.channels.map(({ name }) => name)).toEqual(['T1c', 'T1', 'T2', 'FLAIR'])
    expect(unknown).toEqual([
      'MONAI metadata says no spacing: the volume keeps its own voxel size.',
      'It says no orientation: RAS is assumed, axes in the order i, j, k.',
      'It says no value range: z-score inside the brain (voxels above 0) is assumed.',
      'The network works on patches of a larger image: one patch around the brain is taken.',
    ])
  })

  test('a classifier with a fixed shape and range', () => {
    const { card } = cardFromMonaiMetadata(
      classifier(
        { value_range: [0, 1] },
        { type: 'probabilities', channel_def: { 1: 'b', 0: 'a' } },
      ),
    )
    expect(card).toMatchObject({
      title: 'Classifier',
      shape: [96, 80, 64],
      fit: 'crop-or-pad',
      centre: 'volume',
      intensity: [{ kind: 'min-max', to: [0, 1] }],
      classNames: ['a', 'b'],
      output: 'probabilities',
    })
  })

  test.each([
    [['*', '*', '*'], 1, null],
    [['2**p*n', '2**p*n', '2**p*n'], 16, null],
    [['n*32', 'n*32'], 32, null],
    [[224, 224], 1, [224, 224, null]],
    [[96, '16*n', 96], 16, null],
  ])('spatial_shape %j', (spatial_shape, multipleOf, shape) => {
    const { card } = cardFromMonaiMetadata(classifier({ spatial_shape }))
    expect(card.multipleOf).toBe(multipleOf)
    expect(card.shape).toEqual(shape)
    expect(card.layout).toBe(spatial_shape.length === 2 ? 'NCJI' : 'NCIJK')
  })

  test('what is not a bundle is refused', () => {
    expect(isMonaiMetadata(segmentation)).toBe(true)
    expect(isMonaiMetadata({ network_data_format: {} })).toBe(false)
    expect(isMonaiMetadata({ spacing: 2 })).toBe(false)
    expect(() => cardFromMonaiMetadata({ spacing: 2 })).toThrow(
      'This is not the metadata of a MONAI bundle: network_data_format.inputs is missing.',
    )
    expect(() => cardFromMonaiMetadata(classifier({ spatial_shape: [96] }))).toThrow(
      'MONAI metadata: network_data_format.inputs has no spatial_shape of 2 or 3 entries.',
    )
  })
})
