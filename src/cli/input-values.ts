/** @file `--input NAME=63,1,0`: the numbers of an input that is no image. */

import { Failure } from '../core/failure.ts'
import { elementCount } from '../core/tensor/tensor.ts'
import { describeDims } from '../engine/model-inputs.ts'
import type { ArrayFile } from './input-file.ts'
import type { LoadedModel } from './load-model.ts'

type Declared = LoadedModel['model']['inputs'][number]

/**
 * One row of numbers as the input takes it; null where the text is not numbers with commas between.
 * @throws Failure where they are not as many as the input takes
 */
export function readValues(text: string, { name, dims }: Declared): ArrayFile | null {
  const parts = text.split(',').map((part) => part.trim())
  const values = parts.map(Number)
  if (parts.includes('') || !values.every(Number.isFinite)) return null
  const sizes = sizesFor(values.length, dims)
  if (elementCount(sizes) !== values.length) {
    const given = values.length === 1 ? '1 number' : `${values.length} numbers`
    throw new Failure(
      'shape-mismatch',
      `input '${name}' takes ${describeDims(dims)}, which is not ${given}; give it as a file`,
    )
  }
  const tensor = { dims: sizes, data: Float32Array.from(values) }
  return { kind: 'tensor', path: text, bytes: new TextEncoder().encode(text), tensor }
}

/** One row; a single free axis behind the first takes what is left. */
function sizesFor(count: number, dims: Declared['dims']): readonly number[] {
  const [rows = null, ...rest] = dims
  const known = (rows ?? 1) * rest.reduce<number>((product, size) => product * (size ?? 1), 1)
  const isOneFree = rest.filter((size) => size === null).length === 1
  const free = isOneFree ? count / known : 1
  return dims.length === 0 ? [count] : [rows ?? 1, ...rest.map((size) => size ?? free)]
}
