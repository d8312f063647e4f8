/** @file From volumes and a model card to the tensor the model takes. */

import { Failure } from '../failure.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import { applyAffine, largestShift, moveOrigin, type Triple } from './affine.ts'
import { type PerAxis, sliceAxisOf } from './card-geometry.ts'
import type { ModelCard } from './model-card.ts'
import { placeModelGrid } from './model-grid.ts'
import { normalise } from './normalise.ts'
import { type Grid, resample } from './resample.ts'
import { rangeOf } from './statistics.ts'
import { putChannel, tensorDims } from './tensor-layout.ts'
import type { Volume } from './volume.ts'

export interface ModelInput {
  /** One tensor per model input (cards describe models with one image input). */
  readonly inputs: readonly Tensor[]
  /** The model's grid; one voxel along the slice axis of a 2-D model. */
  readonly grid: Grid
  /** What was done, in sentences, in order. */
  readonly steps: readonly string[]
  readonly min: number
  readonly max: number
}

/**
 * @param volumes in the order the card counts them; the grid is laid in the first channel's.
 * @param inputDims declared dims of the model's input in tensor order, null = any.
 * @throws Failure 'bad-request' when volumes are missing, 'shape-mismatch' when the card and the
 * model's declared input contradict each other, 'bad-file' for an unusable affine.
 */
export function prepareInput(
  volumes: readonly Volume[],
  card: ModelCard,
  inputDims: readonly (number | null)[],
): ModelInput {
  checkDeclared(card, inputDims)
  const sources = card.channels.map(({ volume }) => findVolume(volumes, card, volume))
  const first = sources[0] ?? findVolume(volumes, card, 0)
  const declared = declaredShape(card, inputDims)
  const placed = placeModelGrid(first, card, declared)
  const steps = [...placed.steps]
  const grid = chooseSlice(first, card, placed.grid, steps)
  const dims = tensorDims(card.layout, grid.dims, card.channels.length)
  checkShape(card, dims, inputDims)
  const tensor: Tensor = { data: new Float32Array(elementCount(dims)), dims }
  for (const [index, channel] of card.channels.entries()) {
    const source = sources[index] ?? first
    if (source !== first && !isSameGrid(source, first)) {
      steps.push(`${channel.name} lies on another grid and was resampled to the first volume's.`)
    }
    const intensity = channel.intensity ?? card.intensity
    const image = channelImage(source, card, intensity, grid)
    const prefix = card.channels.length > 1 ? `${channel.name}: ` : ''
    for (const sentence of image.steps) steps.push(prefix + sentence)
    putChannel(image.data, grid.dims, tensor, card.layout, index)
  }
  steps.push(`Laid out as ${dims.join(' x ')} (${card.layout}).`)
  const { min, max } = rangeOf(tensor.data)
  return { inputs: [tensor], grid, steps, min, max }
}

function channelImage(
  source: Volume,
  card: ModelCard,
  intensity: ModelCard['intensity'],
  grid: Grid,
): { readonly data: Float32Array<ArrayBuffer>; readonly steps: readonly string[] } {
  if (card.intensityOn === 'volume' && intensity.length > 0) {
    const own = source.data.slice()
    const steps = normalise(own, intensity, card.brainAbove)
    return { data: resample({ ...source, data: own }, grid, 'trilinear'), steps }
  }
  const data = resample(source, grid, 'trilinear')
  return { data, steps: normalise(data, intensity, card.brainAbove) }
}

function findVolume(volumes: readonly Volume[], card: ModelCard, index: number): Volume {
  const volume = volumes[index]
  if (volume !== undefined) return volume
  const needed = Math.max(...card.channels.map((channel) => channel.volume)) + 1
  const names = card.channels.map(({ name }) => name).join(', ')
  const loaded = volumes.length === 1 ? '1 is open' : `${volumes.length} are open`
  throw new Failure(
    'bad-request',
    `The model takes ${needed} volume${needed === 1 ? '' : 's'} (${names}), but ${loaded}; open the missing one${needed - volumes.length === 1 ? '' : 's'}.`,
  )
}

function isSameGrid(a: Volume, b: Volume): boolean {
  return a.dims.every((size, axis) => size === b.dims[axis]) && isClose(a, b)
}

function isClose(a: Volume, b: Volume): boolean {
  return largestShift(a.affine, b.affine, a.dims) < 1e-3
}

/** For 2-D models: the grid cut down to the slice the card chooses. */
function chooseSlice(volume: Volume, card: ModelCard, grid: Grid, steps: string[]): Grid {
  const axis = sliceAxisOf(card.layout)
  if (axis === null) return grid
  const count = grid.dims[axis]
  const slice =
    card.slice === 'middle'
      ? Math.floor(count / 2)
      : card.slice === 'largest'
        ? largestSlice(volume, card, grid, axis)
        : card.slice
  if (slice >= count) {
    throw new Failure(
      'bad-request',
      `The card asks for slice ${slice}, but there are ${count}, numbered from 0.`,
    )
  }
  const along = (n: 0 | 1 | 2, other: number, chosen: number): number =>
    n === axis ? chosen : other
  const affine = moveOrigin(grid.affine, [
    along(0, 0, slice),
    along(1, 0, slice),
    along(2, 0, slice),
  ])
  const dims: Triple = [
    along(0, grid.dims[0], 1),
    along(1, grid.dims[1], 1),
    along(2, grid.dims[2], 1),
  ]
  const centre = applyAffine(affine, [(dims[0] - 1) / 2, (dims[1] - 1) / 2, (dims[2] - 1) / 2])
  const millimetres = centre.map((value) => value.toFixed(1)).join(', ')
  steps.push(
    `Slice ${slice} of ${count} along ${'ijk'.charAt(axis)} (towards ${card.orientation.charAt(axis)}), centred at ${millimetres} mm.`,
  )
  return { dims, affine }
}

/** The first slice with the most voxels above `brainAbove`. */
function largestSlice(volume: Volume, card: ModelCard, grid: Grid, axis: 0 | 1 | 2): number {
  const stack = resample(volume, grid, 'trilinear')
  const stride = axis === 0 ? 1 : axis === 1 ? grid.dims[0] : grid.dims[0] * grid.dims[1]
  const counts = new Float64Array(grid.dims[axis])
  for (let index = 0; index < stack.length; index++) {
    if ((stack[index] ?? 0) <= card.brainAbove) continue
    const slice = Math.floor(index / stride) % grid.dims[axis]
    counts[slice] = (counts[slice] ?? 0) + 1
  }
  return rangeOf(counts).maxIndex
}

function declaredShape(card: ModelCard, inputDims: readonly (number | null)[]): PerAxis {
  const size = (letter: string): number | null => {
    const axis = card.layout.indexOf(letter)
    return axis < 0 ? null : (inputDims[axis] ?? null)
  }
  return [size('I'), size('J'), size('K')]
}

function checkDeclared(card: ModelCard, inputDims: readonly (number | null)[]): void {
  const declared = describeDims(inputDims)
  if (inputDims.length !== card.layout.length) {
    throw new Failure(
      'shape-mismatch',
      `The card's layout ${card.layout} has ${card.layout.length} axes, but the model's input has ${inputDims.length} (${declared}); change layout.`,
    )
  }
  const at = (letter: string): number | null => {
    const axis = card.layout.indexOf(letter)
    return axis < 0 ? null : (inputDims[axis] ?? null)
  }
  const rows = at('N')
  if (rows !== null && rows !== 1) {
    throw new Failure(
      'shape-mismatch',
      `The model takes exactly ${rows} volumes at a time (${declared}); export it with batch size 1 or a free batch axis.`,
    )
  }
  const channels = at('C')
  if (channels !== null && channels !== card.channels.length) {
    throw new Failure(
      'shape-mismatch',
      `The card has ${card.channels.length} channel${card.channels.length === 1 ? '' : 's'} (${card.channels.map(({ name }) => name).join(', ')}), but the model takes ${channels} (${declared}, layout ${card.layout}); change channels or layout.`,
    )
  }
}

function checkShape(
  card: ModelCard,
  dims: readonly number[],
  inputDims: readonly (number | null)[],
): void {
  if (dims.every((size, axis) => (inputDims[axis] ?? size) === size)) return
  throw new Failure(
    'shape-mismatch',
    `The card makes a tensor of ${dims.join(' x ')} (${card.layout}), but the model takes ${describeDims(inputDims)}; change shape or layout.`,
  )
}

function describeDims(dims: readonly (number | null)[]): string {
  return dims.map((size) => (size === null ? 'any' : String(size))).join(' x ')
}
