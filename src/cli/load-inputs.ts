/** @file `--input`: the tensors a model takes, from arrays or from volumes and the model's card. */

import { Failure } from '../core/failure.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { NiftiFile } from '../core/volume/nifti-read.ts'
import { prepareInput } from '../core/volume/prepare-input.ts'
import type { Grid } from '../core/volume/resample.ts'
import { type ArrayFile, readArray, readingNotes } from './input-file.ts'
import { cardFor, findOwnCard, type LoadedModel } from './load-model.ts'

export interface LoadedInputs {
  readonly tensors: Tensors
  /** In the order of the model's inputs. */
  readonly files: readonly ArrayFile[]
  /** Present where the input was a volume: how maps go back, and what was done to it. */
  readonly source: {
    readonly file: NiftiFile
    readonly card: ModelCard
    readonly grid: Grid
    readonly steps: readonly string[]
  } | null
  readonly classNames: readonly string[]
}

/**
 * `given`: FILE (one input; several volumes feed the channels of one input), or NAME=FILE for every
 * input of a model with several.
 */
export function loadInputs(loaded: LoadedModel, given: readonly string[]): LoadedInputs {
  const names = loaded.model.inputs.map(({ name }) => name)
  if (given.length === 0) {
    const wanted = names.length > 1 ? names.map((name) => `--input ${name}=FILE`) : ['--input FILE']
    throw new Failure('bad-request', `the model needs an input: give ${wanted.join(' ')}`)
  }
  const named = given.map((text) => splitName(text, names))
  const files = names.length > 1 ? inModelOrder(names, named) : onlyInput(names, named)
  const volumes = files.flatMap((file) => (file.kind === 'volume' ? [file.file] : []))
  if (volumes.length > 0) return fromVolumes(loaded, files, volumes)
  const tensors = files.flatMap((file) => (file.kind === 'tensor' ? [file.tensor] : []))
  checkRows(loaded.model.inputs, tensors)
  return { tensors, files, source: null, classNames: findOwnCard(loaded)?.classNames ?? [] }
}

function fromVolumes(
  loaded: LoadedModel,
  files: readonly ArrayFile[],
  volumes: readonly NiftiFile[],
): LoadedInputs {
  const [first] = volumes
  if (!first || volumes.length !== files.length || loaded.model.inputs.length > 1) {
    throw new Failure(
      'bad-request',
      'volumes can feed a model with one input; give .npy arrays for every input of this one',
    )
  }
  const grids = volumes.map(({ volume }) => volume)
  const { card, remarks } = cardFor(loaded, grids)
  checkVolumeCount(card, volumes.length)
  const { inputs, grid, steps } = prepareInput(grids, card, loaded.model.inputs[0]?.dims ?? [])
  const source = { file: first, card, grid, steps: [...readingNotes(files), ...remarks, ...steps] }
  return { tensors: inputs, files, source, classNames: card.classNames }
}

/** Too few is for `prepareInput` to say. */
function checkVolumeCount({ channels }: ModelCard, given: number): void {
  const taken = Math.max(...channels.map(({ volume }) => volume)) + 1
  if (given <= taken) return
  throw new Failure(
    'bad-request',
    `the model takes ${taken} volume${taken === 1 ? '' : 's'} (${channels.map(({ name }) => name).join(', ')}), but ${given} were given`,
  )
}

interface NamedText {
  readonly name: string | null
  readonly text: string
}

/** NAME=TEXT only where NAME is an input of the model: file names may hold "=" themselves. */
export function splitName(text: string, names: readonly string[]): NamedText {
  const name = names.find((candidate) => text.startsWith(`${candidate}=`))
  return name === undefined ? { name: null, text } : { name, text: text.slice(name.length + 1) }
}

function onlyInput(names: readonly string[], given: readonly NamedText[]): readonly ArrayFile[] {
  const files = given.map(({ text }) => readArray(text))
  if (files.length > 1 && files.some(({ kind }) => kind === 'tensor')) {
    throw new Failure(
      'bad-request',
      `the model has one input, '${names[0] ?? ''}': give one .npy file (several volumes may feed its channels)`,
    )
  }
  return files
}

function inModelOrder(names: readonly string[], given: readonly NamedText[]): readonly ArrayFile[] {
  const isComplete = names.every(
    (name) => given.filter((candidate) => candidate.name === name).length === 1,
  )
  if (!isComplete || given.length !== names.length) {
    throw new Failure(
      'bad-request',
      `the model has ${names.length} inputs: give each once, as ${names.map((name) => `--input ${name}=FILE`).join(' ')}`,
    )
  }
  return names.flatMap((name) =>
    given.filter((candidate) => candidate.name === name).map(({ text }) => readArray(text)),
  )
}

/** A model made for one row is run row by row: then every input must have as many. */
function checkRows(inputs: LoadedModel['model']['inputs'], tensors: Tensors): void {
  const counts = tensors.map(({ dims }) => dims[0] ?? 1)
  if (inputs.some(({ dims }) => dims[0] !== 1) || new Set(counts).size === 1) return
  const listed = inputs.map(({ name }, i) => `'${name}' has ${counts[i] ?? 1}`).join(', ')
  throw new Failure(
    'shape-mismatch',
    `the inputs differ in the number of rows along their first axis: ${listed}`,
  )
}

/** One tensor from a file that is not a model input: a baseline or a mask already in tensor form. */
export function tensorOf(file: ArrayFile, what: string): Tensor {
  if (file.kind === 'tensor') return file.tensor
  throw new Failure('bad-request', `${what} must be a .npy array where the input is one`)
}
