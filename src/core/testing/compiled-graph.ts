/** @file A compiled graph that a page can be handed, with what the native runtime says. */

import type { RuntimeTensor } from '../../engine/runtime.ts'
import { compileExplanation, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { traitsOf } from '../autodiff/lowering/provider-traits.ts'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { encode } from '../onnx/codec.ts'
import type { Model } from '../onnx/ir.ts'
import { type Feeds, traceTypes } from './check-gradient.ts'
import { runModel } from './run-model.ts'
import { count, randomNumbers } from './tiny-models.ts'

/** Plain data. */
export interface CompiledGraph {
  readonly name: string
  /** In the forms for WebGPU, base64. */
  readonly model: string
  /** float32. */
  readonly feeds: Readonly<Record<string, PlainTensor>>
  /** By output: what the forms for the native runtime give there. */
  readonly expected: Readonly<Record<string, readonly number[]>>
}

interface PlainTensor {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}

/** `more` are the inputs that the recipe adds to those of the model. */
export async function compileForGpu(
  name: string,
  model: Model,
  recipe: ExplanationRecipe,
  given: Feeds,
  more: Feeds = {},
): Promise<CompiledGraph> {
  const types = await traceTypes(model, given)
  const target = model.graph.outputs[0]?.name ?? ''
  const dims = types.get(target)?.dims ?? []
  const data = Float32Array.from(randomNumbers(count(dims), 51))
  const feeds = { ...given, ...more, [TARGET_WEIGHTS]: { dtype: 'float32', dims, data } as const }
  const compile = (id: 'native' | 'webgpu') =>
    compileExplanation({ model, types, target, recipe, traits: traitsOf(id) })
  const results = await runModel(compile('native'), feeds)
  const plain = ({ data: values }: RuntimeTensor) => Array.from(values, Number)
  const mapped = <T>(tensors: Feeds, change: (tensor: RuntimeTensor) => T) =>
    Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, change(tensor)]))
  return {
    name,
    model: Buffer.from(encode(compile('webgpu'))).toString('base64'),
    feeds: mapped(feeds, (tensor) => ({ dims: tensor.dims, data: plain(tensor) })),
    expected: mapped(results, plain),
  }
}
