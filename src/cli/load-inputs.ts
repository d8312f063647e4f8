/** @file `--input`: the tensors a model takes, from arrays or from volumes and the model's card. */

import { Failure } from '../core/failure.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { NiftiFile } from '../core/volume/nifti-read.ts'
import { prepareInput } from '../core/volume/prepare-input.ts'
import type { Grid } from '../core/volume/resample.ts'
import { type ArrayFile, readArray } from './input-file.ts'
import { cardFor, findCard, type LoadedModel } from './load-model.ts'

export interface LoadedInputs {
  readonly tensors: Tensors
  /** Of the files' bytes, in the order of the model's inputs. */
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
  if (given.length === 0) throw new Failure('bad-request', 'the model needs an --input')
  const names = loaded.model.inputs.map(({ name }) => name)
  const named = given.map((text) => splitName(text, names))
  const files = names.length > 1 ? inModelOrder(names, named) : onlyInput(names, named)
  const volumes = files.filter((file) => file.kind === 'volume')
  if (volumes.length === 0) {
    const tensors = files.flatMap((file) => (file.kind === 'tensor' ? [file.tensor] : []))
    return { tensors, files, source: null, classNames: findCard(loaded)?.card.classNames ?? [] }
  }
  return fromVolumes(
    loaded,
    files,
    volumes.map(({ file }) => file),
  )
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
  const { inputs, grid, steps } = prepareInput(grids, card, loaded.model.inputs[0]?.dims ?? [])
  const repairs = volumes.flatMap((volume) => volume.repairs)
  const source = { file: first, card, grid, steps: [...repairs, ...remarks, ...steps] }
  return { tensors: inputs, files, source, classNames: card.classNames }
}

interface NamedFile {
  readonly name: string | null
  readonly path: string
}

/** NAME=FILE only where NAME is an input of the model: file names may hold "=" themselves. */
function splitName(text: string, names: readonly string[]): NamedFile {
  const name = names.find((candidate) => text.startsWith(`${candidate}=`))
  return name === undefined
    ? { name: null, path: text }
    : { name, path: text.slice(name.length + 1) }
}

function onlyInput(names: readonly string[], given: readonly NamedFile[]): readonly ArrayFile[] {
  const files = given.map(({ path }) => readArray(path))
  if (files.length > 1 && files.some(({ kind }) => kind === 'tensor')) {
    throw new Failure(
      'bad-request',
      `the model has one input, '${names[0] ?? ''}': give one .npy file (several volumes may feed its channels)`,
    )
  }
  return files
}

function inModelOrder(names: readonly string[], given: readonly NamedFile[]): readonly ArrayFile[] {
  const loose = given.find(({ name }) => name === null)
  const missing = names.filter((name) => !given.some((file) => file.name === name))
  const twice = names.find((name) => given.filter((file) => file.name === name).length > 1)
  if (loose || missing.length > 0 || twice !== undefined) {
    throw new Failure(
      'bad-request',
      `the model has ${names.length} inputs: give each once, as ${names.map((name) => `--input ${name}=FILE`).join(' ')}`,
    )
  }
  return names.flatMap((name) =>
    given.filter((file) => file.name === name).map(({ path }) => readArray(path)),
  )
}

/** One tensor from a file that is not a model input: a baseline or a mask already in tensor form. */
export function tensorOf(file: ArrayFile, what: string): Tensor {
  if (file.kind === 'tensor') return file.tensor
  throw new Failure('bad-request', `${what} must be a .npy array where the input is one`)
}
