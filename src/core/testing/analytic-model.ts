/** @file Models that are a formula with its derivative, both written by hand: oracles for methods. */

import type { AttributionContext, ExplainableModel } from '../attribution/method.ts'
import { findMethod } from '../attribution/methods.ts'
import type { OptionSpec } from '../options.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'

/** A tensor from its shape and numbers. */
export const t = (dims: readonly number[], ...values: number[]): Tensor => ({
  dims,
  data: Float32Array.from(values),
})

/** A function of a row of each input and its derivative, both written out by hand. */
export interface Formula {
  score(rows: readonly Float32Array[]): number
  slope(rows: readonly Float32Array[]): readonly (readonly number[])[]
}

export function rowsOf(inputs: Tensors): readonly (readonly Float32Array[])[] {
  const count = inputs[0]?.dims[0] ?? 1
  return Array.from({ length: count }, (_, row) =>
    inputs.map(({ data }) => {
      const size = data.length / count
      return data.subarray(row * size, (row + 1) * size)
    }),
  )
}

export function analytic(formula: Formula): ExplainableModel & { readonly runs: () => number } {
  let runs = 0
  return {
    runs: () => runs,
    inputs: [{ name: 'x', dims: [null] }],
    async score(inputs) {
      runs++
      return rowsOf(inputs).map(formula.score)
    },
    async explain(recipe, inputs) {
      runs++
      if (recipe.key !== 'gradient') throw new Error(`no formula for ${recipe.key}`)
      const slopes = rowsOf(inputs).map(formula.slope)
      const outputs = inputs.map(({ dims }, i) => ({
        dims,
        data: Float32Array.from(slopes.flatMap((slope) => slope[i] ?? [])),
      }))
      return { scores: rowsOf(inputs).map(formula.score), outputs }
    },
    async defaultLayer() {
      throw new Error('has no layers')
    },
  }
}

const target = { value: 'y', weights: t([1], 1), spec: 'sum', label: 'y' }
const never = { throwIfAborted() {} }

export function contextOf<Options>(
  model: ExplainableModel,
  inputs: Tensors,
  options: Options,
  more: Partial<AttributionContext<never>> = {},
) {
  const base = {
    model,
    inputs,
    baseline: inputs.map(({ dims, data }) => ({ dims, data: new Float32Array(data.length) })),
    target,
    options,
    seed: 0,
    signal: never,
    onProgress: () => {},
  }
  const attributeWith: AttributionContext<OptionSpec>['attributeWith'] = (
    id,
    given,
    noisy,
    control,
  ) =>
    findMethod(id).attribute({ ...base, ...control, attributeWith, inputs: noisy, options: given })
  return { ...base, attributeWith, ...more }
}
