/** @file `--baseline`: what the input is compared with. */

import { createBaseline, fitBaseline, parseBaseline } from '../core/attribution/baseline.ts'
import { Failure } from '../core/failure.ts'
import { sameDims } from '../core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import { prepareInput } from '../core/volume/prepare-input.ts'
import { naming, readArray } from './input-file.ts'
import { type InputPlace, type LoadedInputs, splitName, tensorOf } from './load-inputs.ts'
import type { LoadedModel } from './load-model.ts'

type Declared = LoadedModel['model']['inputs']

export interface LoadedBaselines {
  readonly baseline: Tensors
  /** Present where files of several rows were given, and asked for. */
  readonly baselineRows?: Tensors
}

/**
 * As `readBaselines`; but with `takesRows` a .npy file of any number of rows is a distribution of
 * baselines, if every input has one.
 */
export function readBaselineDistribution(
  given: readonly string[],
  inputs: LoadedInputs,
  declared: Declared,
  takesRows: boolean,
): LoadedBaselines {
  const texts = matchInputs(given, declared)
  const rows = inputs.tensors.map((input, i) =>
    takesRows ? readRows(texts[i] ?? 'zeros', input) : undefined,
  )
  if (rows.every((tensor) => tensor === undefined)) {
    return { baseline: readBaselines(given, inputs, declared) }
  }
  const baselineRows = rows.flatMap((tensor) => tensor ?? [])
  if (baselineRows.length < rows.length) {
    throw new Failure(
      'bad-request',
      'a baseline of several rows is needed for every input, or for none: give --baseline NAME=FILE for each',
    )
  }
  const baseline = inputs.tensors.map((input, i) =>
    fitBaseline(firstRow(baselineRows[i] ?? input), input),
  )
  return { baseline, baselineRows }
}

/** The rows of a .npy file that has more than one: as many as the input are a distribution too. */
function readRows(text: string, input: Tensor): Tensor | undefined {
  if (parseBaseline(text) || !/\.npy$/i.test(text)) return undefined
  const tensor = tensorOf(readArray(text), 'the baseline')
  const [rows = 1] = tensor.dims
  return rows > 1 && sameDims(tensor.dims, input.dims.with(0, rows)) ? tensor : undefined
}

function firstRow({ dims, data }: Tensor): Tensor {
  return { dims: dims.with(0, 1), data: data.slice(0, data.length / (dims[0] ?? 1)) }
}

/**
 * One tensor per input. `given`: one of `zeros`, a number, `mean`, `blur:SIGMA` or a file for all
 * inputs; NAME=... of these, repeated, for single ones. What is not named is zeros.
 */
export function readBaselines(
  given: readonly string[],
  inputs: LoadedInputs,
  declared: Declared,
): Tensors {
  const texts = matchInputs(given, declared)
  return declared.flatMap((input, i) => {
    const tensor = inputs.tensors[i]
    const place = inputs.places[i] ?? null
    return tensor ? [readBaseline(texts[i] ?? 'zeros', tensor, place, input)] : []
  })
}

/** The words for every input: its own, else those for all, else `zeros`. */
export function matchInputs(given: readonly string[], declared: Declared): readonly string[] {
  const names = declared.map(({ name }) => name)
  const named = given.map((text) => splitName(text, names))
  const forAll = named.filter(({ name }) => name === null)
  const keys = named.map(({ name }) => name)
  if (forAll.length > 1 || new Set(keys).size < keys.length) {
    throw new Failure(
      'bad-request',
      'give --baseline once, or once for every input, as --baseline NAME=...',
    )
  }
  return names.map((own) => (named.find(({ name }) => name === own) ?? forAll[0])?.text ?? 'zeros')
}

/** A number, words, or a file; a volume becomes a tensor as the input's own volume did. */
function readBaseline(
  text: string,
  input: Tensor,
  place: InputPlace | null,
  { name, dims }: Declared[number],
): Tensor {
  const words = parseBaseline(text)
  if (words) return createBaseline(words, [input])[0] ?? input
  if (!/\.(npy|nii|nii\.gz)$/i.test(text)) {
    throw new Failure(
      'bad-request',
      `the baseline '${text}' is not understood: use zeros, a number, mean, blur:SIGMA or a .npy or NIfTI file`,
    )
  }
  const file = readArray(text)
  if (file.kind === 'tensor') return naming(text, () => fitBaseline(file.tensor, input))
  if (!place) {
    throw new Failure(
      'bad-request',
      `the baseline '${text}' is a volume, but input '${name}' is not: use zeros, a number, mean or a .npy file`,
    )
  }
  return naming(text, () => {
    const { card } = place
    const count = Math.max(...card.channels.map(({ volume }) => volume)) + 1
    const volumes = Array.from({ length: count }, () => file.file.volume)
    return fitBaseline(prepareInput(volumes, card, dims).inputs[0] ?? input, input)
  })
}
