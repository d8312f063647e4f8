import { describe, expect, test } from 'vitest'
import { diagonalAffine, type Triple } from './affine.ts'
import { guessCard } from './guess-card.ts'
import { prepareInput } from './prepare-input.ts'

function grid(dims: Triple, spacing: Triple = [1, 1, 1]) {
  return { dims, affine: diagonalAffine(spacing, [0, 0, 0]) }
}

describe('guessed card', () => {
  const layouts: readonly [(number | null)[], string, number][] = [
    [[1, 1, 96, 96, 96], 'NCIJK', 1],
    [[null, null, null, null, null], 'NCIJK', 1],
    [[1, 4, 64, 64, 64], 'NCIJK', 4],
    [[null, 64, 64, 64, 1], 'NIJKC', 1],
    [[1, 3, 224, 224], 'NCJI', 3],
    [[null, 224, 224, 3], 'NJIC', 3],
    [[1, 96, 96, 96], 'NIJK', 1],
    [[null, null, null, null], 'NCJI', 1],
    [[1, 64, 64], 'NJI', 1],
    [[64, 64, 64], 'IJK', 1],
  ]
  test.each(layouts)('%j is %s', (dims, layout, channels) => {
    const { card } = guessCard(dims, null, [grid([32, 40, 36])])
    expect(card.layout).toBe(layout)
    expect(card.channels).toHaveLength(channels)
  })

  test('what cannot be an image is refused', () => {
    expect(() => guessCard([null, 10], null, [])).toThrow(
      "The model's input has 2 axes (any x 10), which is no image; give a model that takes 2-D or 3-D images.",
    )
  })

  test('the volume just fits into the declared box with its proportions kept', () => {
    const { card, guesses } = guessCard([1, 1, 96, 96, 96], [1, 2], [grid([182, 218, 182])])
    expect(card.spacing).toEqual([2.271, 2.271, 2.271])
    expect(card.fit).toBe('crop-or-pad')
    expect(card.output).toBe('logits')
    expect(guesses).toEqual([
      "The input is taken as a 3-D image with axes NCIJK (as NumPy and MONAI lay them out; SimpleITK's order would be NCKJI).",
      'Its axes are taken to point right, front, top (RAS).',
      'The whole volume is resampled to 2.271 mm so that it fits into 96 x 96 x 96 voxels with its proportions kept.',
      'Values are z-scored over the whole input.',
      'The output is taken as class scores before softmax.',
    ])
  })

  test('a volume of the right size is not resampled, also when its axes are turned', () => {
    const turned = {
      dims: [20, 10, 30] as const,
      affine: [0, -2, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] as const,
    }
    expect(guessCard([1, 1, 10, 20, 30], null, [turned]).card.spacing).toBeNull()
  })

  test('channels: the open volumes in order, or one for all', () => {
    const two = guessCard([1, 2, 8, 8, 8], null, [grid([8, 8, 8]), grid([8, 8, 8])])
    expect(two.card.channels.map(({ volume }) => volume)).toEqual([0, 1])
    const colour = guessCard([1, 3, 8, 8], null, [grid([8, 8, 8])])
    expect(colour.card.channels.map(({ volume }) => volume)).toEqual([0, 0, 0])
    expect(colour.guesses).toContain('Its 3 channels all get the one open volume.')
  })

  test('a segmentation network with free sizes is fed multiples of 16', () => {
    const { card } = guessCard(
      [1, 1, null, null, null],
      [1, 2, null, null, null],
      [grid([9, 9, 9])],
    )
    expect(card.output).toBe('segmentation')
    expect(card.multipleOf).toBe(16)
  })

  test.each(layouts)('the guess for %j can be run', (dims) => {
    const volume = {
      ...grid([12, 10, 9], [2, 2, 3]),
      data: Float32Array.from({ length: 1080 }, (_, n) => n),
    }
    const { card } = guessCard(dims, null, [volume])
    const { inputs } = prepareInput([volume], card, dims)
    for (const [axis, size] of dims.entries()) {
      if (size !== null) expect(inputs[0]!.dims[axis]).toBe(size)
    }
    expect(inputs[0]!.data.some((value) => value !== 0)).toBe(true)
  })
})
