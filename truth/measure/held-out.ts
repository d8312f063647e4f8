/** @file The held-out cases of one task as a model takes them, made when first asked for. */

import { sameDims } from '../../src/core/tensor/arithmetic.ts'
import type { Tensor } from '../../src/core/tensor/tensor.ts'
import { mapToVolume } from '../../src/core/volume/map-to-volume.ts'
import type { ModelCard } from '../../src/core/volume/model-card.ts'
import { prepareInput } from '../../src/core/volume/prepare-input.ts'
import type { Grid } from '../../src/core/volume/resample.ts'
import type { Volume } from '../../src/core/volume/volume.ts'
import type { Cohort } from '../cohort/cohort.ts'
import type { Split } from '../cohort/streams.ts'
import { gather, lookInside, magnitudesAt } from './inside.ts'
import type { MeasuredCase } from './measure-map.ts'
import { type TruthTask, wideningOf } from './tasks.ts'

export interface HeldOutCase extends MeasuredCase {
  /** The grid of the volume. */
  readonly dims: readonly [number, number, number]
  readonly input: Tensor
  /** Of the same subject without the signal. */
  readonly twin: Tensor
  /** A map of the model on the volume's grid. */
  onVolume(map: Tensor): Float32Array<ArrayBuffer>
  /** Magnitudes, inside the brain, of a map of the model. */
  magnitudes(map: Tensor): Float32Array<ArrayBuffer>
  /** What the signal changed, on the volume's grid: the exact causal map. */
  readonly difference: Float32Array<ArrayBuffer>
}

export type InputDims = readonly (number | null)[]

export function makeCase(
  cohort: Cohort,
  task: TruthTask,
  inputDims: InputDims,
  split: Split,
  index: number,
): HeldOutCase {
  const { config, model } = task
  const { image, twin: quiet, dims, affine, truth } = cohort.subject(config, split, index)
  const volume: Volume = { data: image, dims, affine }
  const { tensor, grid } = prepare(volume, model.card, inputDims)
  const twin = prepare({ ...volume, data: quiet }, model.card, inputDims).tensor
  const { brainAbove } = model.card
  const brain = new Uint8Array(image.length)
  const difference = new Float32Array(image.length)
  for (let at = 0; at < image.length; at++) {
    brain[at] = (image[at] as number) > brainAbove ? 1 : 0
    difference[at] = (image[at] as number) - (quiet[at] as number)
  }
  const inside = lookInside(brain, truth, dims)
  const onVolume = (map: Tensor) => mapToVolume(map, model.card.layout, grid, { dims, affine })
  return {
    dims,
    input: tensor,
    twin,
    onVolume,
    magnitudes: readMagnitudes(onVolume, sameGrid(grid, volume) ? tensor : null, inside.places),
    difference,
    inside,
    isRegion: wideningOf(task) === 'by the pipeline',
  }
}

/** Inputs of test subject `index` with each part of its signal alone. */
export function makeCrossed(
  cohort: Cohort,
  { config, model }: TruthTask,
  inputDims: InputDims,
  index: number,
): Readonly<Record<string, Tensor>> {
  const { images, dims, affine } = cohort.crossed(config, 'test', index)
  return Object.fromEntries(
    Object.entries(images).map(([name, data]) => [
      name,
      prepare({ data, dims, affine }, model.card, inputDims).tensor,
    ]),
  )
}

/**
 * Of a model on the volume's own grid (`input`; null = another one) nothing is interpolated: each
 * voxel of the brain has one element of the map, and a map of the elements' numbers tells which.
 */
function readMagnitudes(
  onVolume: HeldOutCase['onVolume'],
  input: Tensor | null,
  places: Uint32Array,
): HeldOutCase['magnitudes'] {
  // Whole numbers up to 2^24 are exact.
  if (input === null || input.data.length > 2 ** 24) {
    return (map) => magnitudesAt(onVolume(map), places)
  }
  const { dims, data } = input
  const numbers = new Float32Array(data.length)
  for (let at = 0; at < numbers.length; at++) numbers[at] = at
  const elements = Uint32Array.from(gather(onVolume({ dims, data: numbers }), places))
  return (map) =>
    sameDims(map.dims, dims)
      ? magnitudesAt(map.data, elements)
      : magnitudesAt(onVolume(map), places)
}

function sameGrid(a: Grid, b: Grid): boolean {
  const isNear = (value: number, n: number) => Math.abs(value - (b.affine[n] ?? 0)) < 1e-9
  return sameDims(a.dims, b.dims) && a.affine.every(isNear)
}

function prepare(volume: Volume, card: ModelCard, dims: InputDims) {
  const { inputs, grid } = prepareInput([volume], card, dims)
  const [tensor] = inputs
  if (!tensor) throw new Error('a card makes one tensor')
  return { tensor, grid }
}
