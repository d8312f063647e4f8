/** @file Without a card: a guess from the model's declared input and the open volumes. */

import { Failure } from '../failure.ts'
import { spacingOf, type Triple } from './affine.ts'
import { sliceAxisOf } from './card-geometry.ts'
import { type ModelCard, parseModelCard } from './model-card.ts'
import { orientationOf, turnBetween, turnGrid } from './orientation.ts'
import type { Grid } from './resample.ts'

export interface GuessedCard {
  readonly card: ModelCard
  /** What was guessed, in sentences, each with what to change when it is wrong. */
  readonly guesses: readonly string[]
}

/** The largest size that is taken for channels rather than for space. */
const mostChannels = 4

/**
 * Layout and channels from the number of axes and their sizes; RAS; the box keeps the volume's
 * proportions and just fits into the declared shape; z-score everywhere.
 * @param inputDims declared dims of the model's input in tensor order, null = any.
 * @param outputDims of its first output, where known.
 * @param volumes the open volumes' grids.
 * @throws Failure 'unsupported-model' when the input cannot be an image.
 */
export function guessCard(
  inputDims: readonly (number | null)[],
  outputDims: readonly (number | null)[] | null,
  volumes: readonly Grid[],
): GuessedCard {
  const layout = guessLayout(inputDims)
  const guesses: string[] = []
  const sliceAxis = sliceAxisOf(layout)
  guesses.push(
    sliceAxis === null
      ? `The input is taken as a 3-D image with axes ${layout} (as NumPy and MONAI lay them out; SimpleITK's order would be ${layout.replace('IJK', 'KJI')}).`
      : `The input is taken as a 2-D image with axes ${layout}: the middle axial slice.`,
  )
  guesses.push('Its axes are taken to point right, front, top (RAS).')
  const channels = guessChannels(layout, inputDims, Math.max(volumes.length, 1), guesses)
  const at = (letter: string): number | null => inputDims[layout.indexOf(letter)] ?? null
  const shape = [at('I'), at('J'), at('K')] as const
  const spacing = volumes[0] === undefined ? null : guessSpacing(volumes[0], shape, guesses)
  guesses.push('Values are z-scored over the whole input.')
  const output = outputDims !== null && outputDims.length === inputDims.length
  guesses.push(
    output && layout.includes('C')
      ? 'The output is taken as class scores per voxel.'
      : 'The output is taken as class scores before softmax.',
  )
  const isOpen = [...layout].some((letter, axis) => 'IJK'.includes(letter) && !inputDims[axis])
  const card = parseModelCard({
    layout,
    channels,
    shape: shape.every((size) => size === null) ? null : shape,
    spacing,
    fit: 'crop-or-pad',
    multipleOf: output && isOpen ? 16 : 1,
    intensity: 'z-score',
    output: output && layout.includes('C') ? 'segmentation' : 'logits',
  })
  if (card.multipleOf > 1) guesses.push('Sizes are padded up to a multiple of 16.')
  return { card, guesses }
}

function guessLayout(dims: readonly (number | null)[]): string {
  const isFew = (axis: number): boolean => (dims[axis] ?? 1) <= mostChannels
  const isMany = (axis: number): boolean => (dims[axis] ?? 0) > mostChannels
  const last = dims.length - 1
  const endsInChannels = isMany(1) && dims[last] !== null && isFew(last)
  switch (dims.length) {
    case 5:
      return endsInChannels ? 'NIJKC' : 'NCIJK'
    case 4:
      if (endsInChannels) return 'NJIC'
      return isMany(1) ? 'NIJK' : 'NCJI'
    case 3:
      return isFew(0) ? 'NJI' : 'IJK'
    default:
      throw new Failure(
        'unsupported-model',
        `The model's input has ${dims.length} ${dims.length === 1 ? 'axis' : 'axes'} (${dims.map((size) => size ?? 'any').join(' x ')}), which is no image; give a model that takes 2-D or 3-D images.`,
      )
  }
}

function guessChannels(
  layout: string,
  dims: readonly (number | null)[],
  volumes: number,
  guesses: string[],
): { readonly name: string; readonly volume: number }[] {
  const declared = layout.includes('C') ? (dims[layout.indexOf('C')] ?? volumes) : 1
  if (declared > 1 && declared === volumes) {
    guesses.push(`Its ${declared} channels are taken to be the ${volumes} open volumes, in order.`)
  } else if (declared > 1) {
    guesses.push(
      volumes === 1
        ? `Its ${declared} channels all get the one open volume.`
        : `It has ${declared} channels for ${volumes} open volumes; channels beyond them get the last one.`,
    )
  }
  return Array.from({ length: declared }, (_, channel) => ({
    name: declared === 1 ? 'image' : `channel ${channel}`,
    volume: Math.min(channel, volumes - 1),
  }))
}

/** One spacing for the axes with a declared size, so that the volume's largest extent just fits. */
function guessSpacing(
  volume: Grid,
  shape: readonly [number | null, number | null, number | null],
  guesses: string[],
): (number | null)[] | null {
  const turn = turnBetween(orientationOf(volume.affine), 'RAS')
  const { dims, affine } = turnGrid(volume.dims, volume.affine, turn)
  const own = spacingOf(affine)
  const axes = [0, 1, 2] as const
  const fixed = axes.filter((axis) => shape[axis] !== null)
  if (fixed.length === 0) return null
  const text = fixed.map((axis) => shape[axis]).join(' x ')
  if (fixed.every((axis) => shape[axis] === dims[axis])) {
    guesses.push(`The volume has the model's size, ${text}; its own spacing is kept.`)
    return null
  }
  const spacing = Math.max(...fixed.map((axis) => extent(dims, own, axis) / (shape[axis] ?? 1)))
  const rounded = Number(spacing.toPrecision(4))
  guesses.push(
    `The whole volume is resampled to ${rounded} mm so that it fits into ${text} voxels with its proportions kept.`,
  )
  return axes.map((axis) => (shape[axis] === null ? null : rounded))
}

function extent(dims: Triple, spacing: Triple, axis: 0 | 1 | 2): number {
  return dims[axis] * spacing[axis]
}
