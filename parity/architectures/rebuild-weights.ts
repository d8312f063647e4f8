/** @file Makes the weights of a stored architecture again, as its export had them. */

import { uniform } from './counter-random.ts'

/** Seed, low, high and shape of one parameter of the network. */
export type Source = readonly [seed: number, low: number, high: number, dims: readonly number[]]
/** Sources of a batch norm's weight, bias, mean and variance, and its epsilon. */
export type Norm = readonly [
  weight: number,
  bias: number,
  mean: number,
  variance: number,
  epsilon: number,
]

/** How one array of the exported graph is made from the network's parameters. */
export interface Recipe {
  readonly name: string
  readonly dims: readonly number[]
  readonly source?: number
  /** Takes rows of the source. */
  readonly from?: number
  readonly rows?: number
  /** Takes the rows of the source that this list names. */
  readonly lookUp?: number
  /** Order of the axes, after taking rows. */
  readonly transpose?: readonly number[]
  /** Weights or, without a source or with a source of one axis, bias of a convolution that took a batch norm in. */
  readonly norm?: number
  /** Axis of the output channels: 1 in a transposed convolution, else 0. */
  readonly axis?: number
}

export interface StoredWeights {
  readonly sources: readonly Source[]
  readonly norms: readonly Norm[]
  readonly lookUps: readonly (readonly number[])[]
  /** By file name. */
  readonly exports: Readonly<Record<string, readonly Recipe[]>>
}

interface Numbers {
  readonly dims: readonly number[]
  readonly data: Float32Array<ArrayBuffer>
}

export function rebuild(stored: StoredWeights, recipe: Recipe): Float32Array<ArrayBuffer> {
  if (recipe.norm !== undefined) return mergeNorm(stored, recipe, recipe.norm)
  let numbers = makeSource(stored, recipe.source)
  if (recipe.rows !== undefined) numbers = takeRows(numbers, range(recipe.from ?? 0, recipe.rows))
  if (recipe.lookUp !== undefined) {
    numbers = takeRows(numbers, stored.lookUps[recipe.lookUp] ?? [])
  }
  return recipe.transpose ? transpose(numbers, recipe.transpose) : numbers.data
}

function makeSource(stored: StoredWeights, index: number | undefined): Numbers {
  const source = stored.sources[index ?? -1]
  if (!source) throw new Error(`no source ${index}`)
  const [seed, low, high, dims] = source
  return { dims, data: uniform(seed, dims, low, high).data }
}

/** scale = weight / sqrt(variance + epsilon); weights * scale, bias' = bias + (b - mean) * scale. */
function mergeNorm(stored: StoredWeights, recipe: Recipe, index: number) {
  const norm = stored.norms[index]
  if (!norm) throw new Error(`no norm ${index}`)
  const [weight, bias, mean, variance] = norm
    .slice(0, 4)
    .map((part) => makeSource(stored, part).data) as [Floats, Floats, Floats, Floats]
  const scale = weight.map((w, i) => w / Math.sqrt((variance[i] ?? 0) + norm[4]))
  const given = recipe.source === undefined ? undefined : makeSource(stored, recipe.source)
  if (given && given.dims.length > 1) {
    const { axis = 0 } = recipe
    const stride = given.dims.slice(axis + 1).reduce((a, b) => a * b, 1)
    const channel = (i: number) => Math.floor(i / stride) % scale.length
    return given.data.map((value, i) => value * (scale[channel(i)] ?? 0))
  }
  return bias.map((b, i) => b + ((given?.data[i] ?? 0) - (mean[i] ?? 0)) * (scale[i] ?? 0))
}

type Floats = Float32Array<ArrayBuffer>

function range(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

function takeRows({ dims, data }: Numbers, rows: readonly number[]): Numbers {
  const stride = data.length / (dims[0] ?? 1)
  const taken = new Float32Array(rows.length * stride)
  for (const [i, row] of rows.entries()) {
    taken.set(data.subarray(row * stride, (row + 1) * stride), i * stride)
  }
  return { dims: [rows.length, ...dims.slice(1)], data: taken }
}

function transpose({ dims, data }: Numbers, order: readonly number[]): Floats {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1))
  const moved = order.map((axis) => ({ size: dims[axis] ?? 1, stride: strides[axis] ?? 1 }))
  const out = new Float32Array(data.length)
  const last = moved.at(-1) ?? { size: 1, stride: 1 }
  const outer = moved.slice(0, -1)
  const counter = outer.map(() => 0)
  let start = 0
  for (let i = 0; i < out.length; i += last.size) {
    for (let j = 0; j < last.size; j++) out[i + j] = data[start + j * last.stride] ?? 0
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const { size, stride } = outer[axis] ?? { size: 1, stride: 0 }
      start += stride
      counter[axis] = (counter[axis] ?? 0) + 1
      if ((counter[axis] ?? 0) < size) break
      start -= size * stride
      counter[axis] = 0
    }
  }
  return out
}
