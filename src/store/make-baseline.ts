/** @file The baseline of a run: from words, or from files that were given as baselines. */

import { createBaseline, fitBaseline, parseBaseline } from '../core/attribution/baseline.ts'
import { Failure } from '../core/failure.ts'
import { formatDims, sameDims, zerosLike } from '../core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import { type Clients, until } from './clients.ts'
import type { Prepared } from './prepare-inputs.ts'

/** The word for "the files of the list". */
export const FILES = 'files'

/** A file that was given as a baseline. */
export type BaselineFile = {
  readonly id: string
  readonly name: string
  /** Rows it gives; a volume is one. */
  readonly rows: number
} & (
  | { readonly kind: 'array'; readonly tensor: Tensor }
  /** Opened by the volume worker. */
  | { readonly kind: 'volume'; readonly volumeId: string }
)

export interface Baselines {
  /** One tensor per input. */
  readonly baseline: Tensors
  /** Present where there are several rows to average over. */
  readonly baselineRows?: Tensors
}

/**
 * @param takesRows whether the method averages over baselines; another one gets the first row.
 * @throws Failure 'bad-request' or 'shape-mismatch' for what cannot be a baseline of these inputs
 */
export async function makeBaselines(
  clients: Clients,
  spec: string,
  files: readonly BaselineFile[],
  prepared: Prepared,
  takesRows: boolean,
  signal: AbortSignal,
): Promise<Baselines> {
  if (spec !== FILES) return { baseline: fromWords(spec, prepared) }
  const [first] = files
  if (!first) {
    throw new Failure('bad-request', 'There is no baseline file yet: add one, or choose zeros.')
  }
  const used = takesRows ? files : [first]
  const rows: Tensors[] = []
  for (const file of used) rows.push(...(await rowsOf(clients, file, prepared, signal)))
  const [one = []] = rows
  const baseline = prepared.inputs.map((input, i) => fitBaseline(one[i] ?? input, input))
  if (!takesRows || rows.length === 1) return { baseline }
  return { baseline, baselineRows: prepared.inputs.map((_, i) => stack(rows.map((row) => row[i]))) }
}

/** Every row of a file, each as one tensor per input: what the model would see of it. */
export async function rowsOf(
  clients: Clients,
  file: BaselineFile,
  { inputs, parts }: Prepared,
  signal: AbortSignal,
): Promise<readonly Tensors[]> {
  if (file.kind === 'array') return arrayRows(file.name, file.tensor, inputs, parts)
  const tensors: Tensor[] = []
  for (const [index, part] of parts.entries()) {
    const input = inputs[index]
    if (!input) continue
    if (part.kind === 'values') {
      tensors.push(zerosLike(input))
      continue
    }
    const count = 1 + Math.max(...part.card.channels.map(({ volume }) => volume))
    const request = {
      volumeIds: new Array<string>(count).fill(file.volumeId),
      card: part.card,
      inputDims: input.dims,
    }
    const prepared = await clients.volume('prepare', request, until(signal))
    tensors.push(fitBaseline(prepared.inputs[0] ?? input, input))
  }
  return [tensors]
}

/** Rows of the shape of the first image input; the other inputs get zeros. */
function arrayRows(
  name: string,
  { data, dims }: Tensor,
  inputs: Tensors,
  parts: Prepared['parts'],
): readonly Tensors[] {
  const at = Math.max(
    0,
    parts.findIndex(({ kind }) => kind === 'image'),
  )
  const row = inputs[at]?.dims.slice(1) ?? []
  const isOne = sameDims(dims, row)
  if (!isOne && !sameDims(dims.slice(1), row)) {
    throw new Failure(
      'shape-mismatch',
      `${name} is ${formatDims(dims)}, but the model's input is ${formatDims([1, ...row])}: a baseline needs rows of that shape.`,
    )
  }
  const count = isOne ? 1 : (dims[0] ?? 1)
  const size = data.length / count
  return Array.from({ length: count }, (_, index) =>
    inputs.map((input, i) =>
      i === at
        ? { dims: [1, ...row], data: data.slice(index * size, (index + 1) * size) }
        : zerosLike(input),
    ),
  )
}

/** Numbers without space are blurred to nothing: they get zeros then. */
function fromWords(spec: string, { inputs, parts }: Prepared): Tensors {
  const words = parseBaseline(spec)
  if (!words) {
    throw new Failure(
      'bad-request',
      `baseline '${spec}' is not understood: use zeros, a number, mean, or blur:SIGMA with SIGMA in voxels`,
    )
  }
  return inputs.flatMap((input, index) =>
    words.kind === 'blur' && parts[index]?.kind === 'values'
      ? [zerosLike(input)]
      : createBaseline(words, [input]),
  )
}

function stack(rows: readonly (Tensor | undefined)[]): Tensor {
  const given = rows.flatMap((row) => row ?? [])
  const [first] = given
  const size = first?.data.length ?? 0
  const data = new Float32Array(size * given.length)
  for (const [index, row] of given.entries()) data.set(row.data, index * size)
  return { dims: (first?.dims ?? []).with(0, given.length), data }
}
