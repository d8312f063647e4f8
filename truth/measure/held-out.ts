/** @file The held-out cases of one task as a model takes them, made when first asked for. */

import type { Tensor } from '../../src/core/tensor/tensor.ts'
import type { ModelCard } from '../../src/core/volume/model-card.ts'
import { prepareInput } from '../../src/core/volume/prepare-input.ts'
import type { Grid } from '../../src/core/volume/resample.ts'
import type { Volume } from '../../src/core/volume/volume.ts'
import type { Cohort } from '../cohort/cohort.ts'
import type { Split } from '../cohort/streams.ts'
import { growTruth, type MeasuredCase } from './measure-map.ts'
import type { TruthTask } from './tasks.ts'

export interface HeldOutCase extends MeasuredCase {
  readonly volume: Volume
  readonly input: Tensor
  /** Of the same subject without the signal. */
  readonly twin: Tensor
  /** The model's grid. */
  readonly grid: Grid
}

/** Kinds of signal whose truth is a region of an atlas. */
const regional: readonly string[] = ['pair', 'random-label', 'region']

export type InputDims = readonly (number | null)[]

export function makeCase(
  cohort: Cohort,
  { config, model }: TruthTask,
  inputDims: InputDims,
  split: Split,
  index: number,
): HeldOutCase {
  const subject = cohort.subject(config, split, index)
  const { dims, affine, truth } = subject
  const volume: Volume = { data: subject.image, dims, affine }
  const { tensor, grid } = prepare(volume, model.card, inputDims)
  const twin = prepare({ ...volume, data: subject.twin }, model.card, inputDims).tensor
  const { brainAbove } = model.card
  return {
    volume,
    input: tensor,
    twin,
    grid,
    truth,
    wide: growTruth(truth, dims),
    brain: Uint8Array.from(subject.image, (value) => (value > brainAbove ? 1 : 0)),
    dims,
    spacingMm: [affine[0], affine[5], affine[10]],
    isRegion: regional.includes(config.signal.kind),
  }
}

function prepare(volume: Volume, card: ModelCard, dims: InputDims) {
  const { inputs, grid } = prepareInput([volume], card, dims)
  const [tensor] = inputs
  if (!tensor) throw new Error('a card makes one tensor')
  return { tensor, grid }
}
