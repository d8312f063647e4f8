/** @file Compiles a recipe for a tiny model and runs it. */

import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { type ProviderTraits, traitsOf } from '../autodiff/lowering/provider-traits.ts'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { encode } from '../onnx/codec.ts'
import type { Model } from '../onnx/ir.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type Feeds, traceTypes } from './check-gradient.ts'

export interface RecipeRequest {
  readonly model: Model
  readonly recipe: ExplanationRecipe
  /** One per input of the model, in order. */
  readonly inputs: readonly Tensor[]
  /** Of the explained sum; default: 1 everywhere. */
  readonly weights?: readonly number[]
  /** Default: the model's first output. */
  readonly target?: string
  /** Whose forms are emitted; all run on the CPU. */
  readonly provider?: ProviderTraits['id']
}

export interface RecipeRun {
  readonly scores: readonly number[]
  /** The recipe's outputs, as plain numbers. */
  readonly outputs: readonly (readonly number[])[]
  readonly compiled: Model
}

export async function runRecipe(request: RecipeRequest): Promise<RecipeRun> {
  const { model, recipe, inputs, provider = 'native' } = request
  const target = request.target ?? model.graph.outputs[0]?.name ?? ''
  const feeds: Feeds = Object.fromEntries(
    model.graph.inputs.flatMap(({ name }, i) => {
      const input = inputs[i]
      return input ? [[name, { dtype: 'float32', ...input } as const]] : []
    }),
  )
  const types = await traceTypes(model, feeds)
  const dims = types.get(target)?.dims ?? []
  const count = dims.reduce((product, size) => product * size, 1)
  const weights = request.weights ?? new Array<number>(count).fill(1)
  const compiled = compileExplanation({ model, types, target, recipe, traits: traitsOf(provider) })
  const session = await createNodeRuntime({ threads: 1 }).createSession(encode(compiled))
  const names = compiled.graph.outputs.map(({ name }) => name)
  const given = { dtype: 'float32', dims, data: Float32Array.from(weights) } as const
  const results = await session.run({ ...feeds, [TARGET_WEIGHTS]: given }, names)
  await session.release()
  const read = (name: string) => Array.from(results[name]?.data ?? [], Number)
  const others = names.filter((name) => name !== SCORES)
  return { scores: read(SCORES), outputs: others.map(read), compiled }
}
