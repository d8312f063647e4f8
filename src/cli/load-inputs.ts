/** @file `--input`: the tensors a model takes, from arrays, numbers, or volumes and the card. */

import { Failure } from '../core/failure.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { NiftiFile } from '../core/volume/nifti-read.ts'
import { prepareInput } from '../core/volume/prepare-input.ts'
import type { Grid } from '../core/volume/resample.ts'
import { type ArrayFile, readArray, readingNotes } from './input-file.ts'
import { readValues } from './input-values.ts'
import { cardFor, findOwnCard, type LoadedModel } from './load-model.ts'

/** Of an input that came from volumes: how its maps go back. */
export interface InputPlace {
  /** The first of its volumes: maps come out on its grid. */
  readonly file: NiftiFile
  readonly card: ModelCard
  /** The model's. */
  readonly grid: Grid
}

export interface LoadedInputs {
  /** In the order of the model's inputs; so are the rest. */
  readonly tensors: Tensors
  readonly files: readonly ArrayFile[]
  /** Null for an input that was an array or numbers. */
  readonly places: readonly (InputPlace | null)[]
  /** What was done to the volumes, in sentences. */
  readonly steps: readonly string[]
  readonly classNames: readonly string[]
}

/** The place of the first input that came from a volume; null where none did. */
export function firstPlace({ places }: LoadedInputs): InputPlace | null {
  return places.find((place) => place !== null) ?? null
}

/**
 * `given`: FILE (one input), or NAME=FILE for every input of a model with several. Several volumes
 * feed the channels of an input in their order. Numbers with commas between are an input too.
 */
export function loadInputs(loaded: LoadedModel, given: readonly string[]): LoadedInputs {
  const { inputs } = loaded.model
  const names = inputs.map(({ name }) => name)
  if (given.length === 0) {
    const wanted = names.length > 1 ? names.map((name) => `--input ${name}=FILE`) : ['--input FILE']
    throw new Failure('bad-request', `the model needs an input: give ${wanted.join(' ')}`)
  }
  const texts = textsByInput(
    names,
    given.map((text) => splitName(text, names)),
  )
  const files = inputs.map((input, i) => readInput(input, texts[i] ?? []))
  const parts = files.map((own, i) => loadInput(loaded, i, own))
  const tensors = parts.map(({ tensor }) => tensor)
  const places = parts.map(({ place }) => place)
  checkRows(inputs, tensors, places)
  const card = places.find((place) => place !== null)?.card ?? findOwnCard(loaded)
  return {
    tensors,
    files: files.flat(),
    places,
    steps: parts.flatMap(({ steps }, i) =>
      inputs.length > 1 ? steps.map((step) => `${names[i] ?? ''}: ${step}`) : steps,
    ),
    classNames: card?.classNames ?? [],
  }
}

interface Part {
  readonly tensor: Tensor
  readonly place: InputPlace | null
  readonly steps: readonly string[]
}

function loadInput(loaded: LoadedModel, index: number, files: readonly ArrayFile[]): Part {
  const [file] = files
  if (file?.kind === 'tensor') return { tensor: file.tensor, place: null, steps: [] }
  const volumes = files.flatMap((each) => (each.kind === 'volume' ? [each.file] : []))
  const [first] = volumes
  const { inputs } = loaded.model
  const { name = '', dims = [] } = inputs[index] ?? {}
  const prepare = (): Part => {
    const grids = volumes.map(({ volume }) => volume)
    const { card, remarks } = cardFor(loaded, grids, index)
    checkVolumeCount(card, volumes.length)
    const { inputs: prepared, grid, steps } = prepareInput(grids, card, dims)
    const [tensor] = prepared
    if (!first || !tensor) throw new Failure('internal', `there is no volume for '${name}'`)
    const said = [...readingNotes(files), ...remarks, ...steps]
    return { tensor, place: { file: first, card, grid }, steps: said }
  }
  return inputs.length > 1 ? namingInput(name, prepare) : prepare()
}

/** Runs `make`; a Failure gets the input's name in front. */
export function namingInput<T>(name: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(error.kind, `input '${name}': ${error.message}`, { cause: error })
  }
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

/** What was given for every input: all for the only one, else by name. */
function textsByInput(
  names: readonly string[],
  given: readonly NamedText[],
): readonly (readonly string[])[] {
  if (names.length === 1) return [given.map(({ text }) => text)]
  const texts = names.map((name) =>
    given.flatMap((candidate) => (candidate.name === name ? [candidate.text] : [])),
  )
  if (texts.some((own) => own.length === 0) || given.some(({ name }) => name === null)) {
    throw new Failure(
      'bad-request',
      `the model has ${names.length} inputs: give each one, as ${names.map((name) => `--input ${name}=FILE`).join(' ')}`,
    )
  }
  return texts
}

function readInput(
  input: LoadedModel['model']['inputs'][number],
  texts: readonly string[],
): readonly ArrayFile[] {
  const files = texts.map((text) => readValues(text, input) ?? readArray(text))
  if (files.length > 1 && files.some(({ kind }) => kind === 'tensor')) {
    throw new Failure(
      'bad-request',
      `input '${input.name}' was given ${files.length} times: give one .npy file (several volumes may feed its channels)`,
    )
  }
  return files
}

/**
 * A model made for one row is run row by row: then every input must have as many. A volume is one
 * row, and so must be whatever comes with it on a free first axis.
 */
function checkRows(
  inputs: LoadedModel['model']['inputs'],
  tensors: Tensors,
  places: LoadedInputs['places'],
): void {
  const counts = tensors.map(({ dims }) => dims[0] ?? 1)
  const isFixed = inputs.every(({ dims }) => dims[0] === 1)
  const isBeside = counts.some((count, i) => inputs[i]?.dims[0] === null && count !== 1)
  if (!(isFixed || (isBeside && places.some((place) => place !== null)))) return
  if (new Set(counts).size === 1) return
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
