/** @file Compiles DeepLIFT for a model and runs the graph: the multipliers' maps and both scores. */

import type { RuntimeTensor } from '../../engine/runtime.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { deeplift } from '../attribution/deeplift.ts'
import { baselineName } from '../autodiff/deeplift/twin-graph.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { traitsOf } from '../autodiff/lowering/provider-traits.ts'
import { encode } from '../onnx/codec.ts'
import type { Model } from '../onnx/ir.ts'
import { type Feeds, type Provider, traceTypes } from './check-gradient.ts'

export interface DeepLiftRequest {
  readonly model: Model
  readonly feeds: Feeds
  /** By the names of the model's inputs. */
  readonly baseline: Feeds
  readonly weights: readonly number[]
  readonly provider?: Provider
}

export interface DeepLiftRun {
  /** One per input, flat. */
  readonly maps: readonly (readonly number[])[]
  /** Per row. */
  readonly scores: readonly number[]
  readonly baselineScores: readonly number[]
}

const runtime = createNodeRuntime({ threads: 1 })

export async function runDeepLift(request: DeepLiftRequest): Promise<DeepLiftRun> {
  const { model, feeds, baseline, weights, provider = 'native' } = request
  const recipe = deeplift.recipe?.({}, undefined)
  if (!recipe) throw new Error('deeplift has no recipe')
  const target = model.graph.outputs[0]?.name ?? ''
  const types = await traceTypes(model, feeds)
  const compiled = compileExplanation({ model, types, target, recipe, traits: traitsOf(provider) })
  const session = await runtime.createSession(encode(compiled))
  const names = compiled.graph.outputs.map(({ name }) => name)
  const dims = types.get(target)?.dims ?? []
  const baselines = Object.entries(baseline).map(([name, tensor]): [string, RuntimeTensor] => [
    baselineName(name),
    tensor,
  ])
  const results = await session.run(
    {
      ...feeds,
      ...Object.fromEntries(baselines),
      [TARGET_WEIGHTS]: { dtype: 'float32', dims, data: Float32Array.from(weights) },
    },
    names,
  )
  await session.release()
  const read = (name: string | undefined) => Array.from(results[name ?? '']?.data ?? [], Number)
  return {
    scores: read(SCORES),
    maps: names.slice(1, -1).map(read),
    baselineScores: read(names.at(-1)),
  }
}
