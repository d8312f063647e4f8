/** @file Runs a model in tests: on random or given inputs, returning plain numbers. */

import type { RuntimeTensor } from '../../engine/runtime.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { encode } from '../onnx/codec.ts'
import type { Model } from '../onnx/ir.ts'

export type Feeds = Readonly<Record<string, RuntimeTensor>>
export type Results = Readonly<Record<string, RuntimeTensor>>

/** Runs a model or the bytes of one; fetches every output of the model unless told otherwise. */
export async function runModel(
  model: Model,
  feeds: Feeds,
  options: { readonly bytes?: Uint8Array<ArrayBuffer>; readonly fetches?: readonly string[] } = {},
): Promise<Results> {
  const session = await createNodeRuntime({ threads: 1 }).createSession(
    options.bytes ?? encode(model),
  )
  try {
    const fetches = options.fetches ?? model.graph.outputs.map((output) => output.name)
    return await session.run(feeds, fetches)
  } finally {
    await session.release()
  }
}

/** Random float32 feeds for a model's float inputs: symbols and unknown sizes become `free`. */
export function randomFeeds(model: Model, free = 1, seed = 1): Feeds {
  let state = seed
  const uniform = () => {
    // Lehmer's generator, enough for test data.
    state = (state * 48271) % 2147483647
    return (state / 2147483647) * 2 - 1
  }
  return Object.fromEntries(
    model.graph.inputs.map((input) => {
      const dims = (input.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : free))
      const size = dims.reduce((product, dim) => product * dim, 1)
      return [input.name, floats(Array.from({ length: size }, uniform), dims)]
    }),
  )
}

export function floats(values: readonly number[], dims: readonly number[]): RuntimeTensor {
  return { dtype: 'float32', dims, data: Float32Array.from(values) }
}

/** Largest absolute difference of two results, NaN-safe; Infinity when names or shapes differ. */
export function largestDifference(a: Results, b: Results): number {
  let largest = 0
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const left = a[name]
    const right = b[name]
    if (!left || !right || left.dims.join() !== right.dims.join()) return Number.POSITIVE_INFINITY
    if (left.dtype !== right.dtype) return Number.POSITIVE_INFINITY
    for (let index = 0; index < left.data.length; index += 1) {
      const difference = Math.abs(Number(left.data[index]) - Number(right.data[index]))
      if (Number.isNaN(difference)) {
        const bothNaN = Number.isNaN(left.data[index]) && Number.isNaN(right.data[index])
        if (!bothNaN && left.data[index] !== right.data[index]) return Number.POSITIVE_INFINITY
      } else largest = Math.max(largest, difference)
    }
  }
  return largest
}
