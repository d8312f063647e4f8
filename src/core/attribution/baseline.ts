/** @file The baseline: what "nothing there" looks like. `zeros`, a number, `mean`, `blur:SIGMA` or a tensor. */

import { Failure } from '../failure.ts'
import { isNumeral } from '../parse-options.ts'
import { filled, formatDims, sameDims, zerosLike } from '../tensor/arithmetic.ts'
import { smooth } from '../tensor/smooth.ts'
import { mean } from '../tensor/statistics.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'

export type Baseline =
  | { readonly kind: 'blur'; readonly sigma: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'mean' }
  | { readonly kind: 'zeros' }

/** Reads the words of `--baseline`; null where the text is none of them (a file, then). */
export function parseBaseline(text: string): Baseline | null {
  const word = text.trim()
  if (word === 'zeros') return { kind: 'zeros' }
  if (word === 'mean') return { kind: 'mean' }
  if (isNumeral(word)) return { kind: 'constant', value: Number(word) }
  if (!word.startsWith('blur:')) return null
  const sigma = word.slice('blur:'.length)
  if (isNumeral(sigma) && Number(sigma) > 0 && Number(sigma) <= 1000) {
    return { kind: 'blur', sigma: Number(sigma) }
  }
  throw new Failure(
    'bad-request',
    `baseline '${word}' is not understood: write blur: and a standard deviation in voxels above 0, such as blur:2`,
  )
}

/** One baseline tensor per input, of the input's shape. */
export function createBaseline(baseline: Baseline, inputs: Tensors): Tensors {
  switch (baseline.kind) {
    case 'zeros':
      return inputs.map(zerosLike)
    case 'constant':
      return inputs.map(({ dims }) => filled(dims, baseline.value))
    case 'mean':
      return inputs.map(channelMeans)
    case 'blur':
      return inputs.map((input) => blurred(input, baseline.sigma))
  }
}

/** A tensor from a file as a baseline: of the input's shape, or one row of it for all rows. */
export function fitBaseline(baseline: Tensor, input: Tensor): Tensor {
  if (sameDims(baseline.dims, input.dims)) return baseline
  const rows = input.dims[0] ?? 1
  const row = input.dims.slice(1)
  if (!sameDims(baseline.dims, [1, ...row]) && !sameDims(baseline.dims, row)) {
    throw new Failure(
      'shape-mismatch',
      `the baseline is ${formatDims(baseline.dims)}, but the input is ${formatDims(input.dims)}: give a baseline of that shape, or one row of it`,
    )
  }
  const data = new Float32Array(input.data.length)
  for (let i = 0; i < rows; i++) data.set(baseline.data, i * baseline.data.length)
  return { dims: input.dims, data }
}

/** Every batch row and channel filled with its own mean; (N, F) rows with the mean of the row. */
function channelMeans({ dims, data }: Tensor): Tensor {
  const parts = dims.length > 2 ? (dims[0] ?? 1) * (dims[1] ?? 1) : (dims[0] ?? 1)
  const size = data.length / parts
  const result = new Float32Array(data.length)
  for (let from = 0; from < data.length; from += size) {
    result.fill(mean(data, from, from + size), from, from + size)
  }
  return { dims, data: result }
}

/** Gaussian blur along the axes after batch and channels. */
function blurred(input: Tensor, sigma: number): Tensor {
  if (input.dims.length < 3) {
    throw new Failure(
      'bad-request',
      `a blurred baseline needs an input with spatial axes, but this one is ${formatDims(input.dims)}; use zeros, mean or a number`,
    )
  }
  const axes = input.dims.map((_, axis) => axis).slice(2)
  return smooth(input, sigma, axes)
}
