/** @file `--baseline`: what the input is compared with. */

import { createBaseline, fitBaseline, parseBaseline } from '../core/attribution/baseline.ts'
import { Failure } from '../core/failure.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import { prepareInput } from '../core/volume/prepare-input.ts'
import { naming, readArray } from './input-file.ts'
import { type LoadedInputs, splitName, tensorOf } from './load-inputs.ts'
import type { LoadedModel } from './load-model.ts'

type Declared = LoadedModel['model']['inputs']

/**
 * One tensor per input. `given`: one of `zeros`, a number, `mean`, `blur:SIGMA` or a file for all
 * inputs; NAME=... of these, repeated, for single ones. What is not named is zeros.
 */
export function readBaselines(
  given: readonly string[],
  inputs: LoadedInputs,
  declared: Declared,
): Tensors {
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
  return inputs.tensors.map((tensor, i) => {
    const own = named.find(({ name }) => name === names[i]) ?? forAll[0]
    return readBaseline(own?.text ?? 'zeros', tensor, inputs, declared)
  })
}

function readBaseline(
  text: string,
  input: Tensor,
  { source, tensors }: LoadedInputs,
  declared: Declared,
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
  if (file.kind === 'volume' && source && tensors.length === 1) {
    const count = Math.max(...source.card.channels.map(({ volume }) => volume)) + 1
    const volumes = Array.from({ length: count }, () => file.file.volume)
    const prepared = prepareInput(volumes, source.card, declared[0]?.dims ?? [])
    return fitBaseline(prepared.inputs[0] ?? input, input)
  }
  return naming(text, () => fitBaseline(tensorOf(file, 'the baseline'), input))
}
