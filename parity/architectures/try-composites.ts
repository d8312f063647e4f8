/** @file Every LRP composite on a stored architecture: does it run, is the map finite, what arrives. */

import { lrp } from '../../src/core/attribution/lrp.ts'
import type { Target } from '../../src/core/attribution/method.ts'
import { compileTyped } from '../../src/core/autodiff/compile-typed.ts'
import { TARGET_WEIGHTS } from '../../src/core/autodiff/gradient-graph.ts'
import { traitsOf } from '../../src/core/autodiff/lowering/provider-traits.ts'
import type { ExplanationRecipe } from '../../src/core/autodiff/recipe.ts'
import { type LrpComposite, lrpComposites } from '../../src/core/autodiff/relevance/composites.ts'
import type { TypedModel } from '../../src/core/autodiff/typed-model.ts'
import { Failure } from '../../src/core/failure.ts'
import { canonicalise } from '../../src/core/onnx/canonicalise.ts'
import { decode, encode } from '../../src/core/onnx/codec.ts'
import { defaultOptions } from '../../src/core/parse-options.ts'
import type { Tensors } from '../../src/core/tensor/tensor.ts'
import { rowOf } from '../../src/engine/batch-rows.ts'
import { declaredInputs } from '../../src/engine/model-inputs.ts'
import { MAX_OPTIMISED_NODES } from '../../src/engine/model-runner.ts'
import { openModel } from '../../src/engine/open-model.ts'
import { floatOutputs, prepareModel } from '../../src/engine/prepare-model.ts'
import type { RuntimeTensor } from '../../src/engine/runtime.ts'
import { createNodeRuntime } from '../../src/engine/runtime-node.ts'
import { traceModel } from '../../src/engine/trace-model.ts'
import { type Exporter, listArchitectures, makeInputs, readExport } from './read-architecture.ts'
import { withoutBiases } from './without-biases.ts'

export interface Arrived {
  readonly isFinite: boolean
  /** Sum of the map over the starting relevance; 1 = all of it arrived. */
  readonly ratio: number
  /** Sum of the map's sizes over the starting relevance: how much cancels in the sum. */
  readonly size: number
}

export interface CompositeOutcome {
  readonly composite: LrpComposite
  /** The sentence that a user reads. */
  readonly refusal?: string
  readonly nodes?: number
  readonly megabytes?: number
  readonly compileMs?: number
  /** Encoding and opening the runtime's session. */
  readonly openMs?: number
  readonly runMs?: number
  readonly arrived?: Arrived
  /** The same network with every bias of a linear layer set to zero. */
  readonly withoutBiases?: Arrived
}

export interface Progress extends CompositeOutcome {
  /** Nothing is measured yet. */
  readonly isStart?: true
}

const runtime = createNodeRuntime()
const traits = traitsOf('native')

export const composites: readonly string[] = lrpComposites

/**
 * Explains the class that the first row wins (of a segmentation: where it wins). The row is at the
 * stored size; outcomes go to `report` one by one.
 */
export async function tryComposites(
  name: string,
  exporter: Exporter,
  chosen: readonly string[],
  report: (progress: Progress) => void,
): Promise<void> {
  const architecture = listArchitectures().find((each) => each.name === name)
  if (!architecture) throw new Error(`no architecture ${name}`)
  const inputs = makeInputs(architecture).map((tensor) => rowOf(tensor, 0, 2))
  const bytes = readExport(architecture, exporter, 'dynamic')
  const model = await openModel(runtime, bytes)
  const target = await model.resolveTarget(inputs, { spec: '' })
  await model.close()
  const decoded = decode(bytes)
  const prepared = prepareModel(decoded)
  const declared = declaredInputs(decoded.graph)
  const { types } = await traceModel(runtime, prepared, declared, inputs, floatOutputs(prepared))
  const typed = { model: canonicalise(prepared, types), types }
  for (const composite of lrpComposites.filter((id) => chosen.includes(id))) {
    report({ composite, isStart: true })
    report(await tryComposite(typed, inputs, target, composite))
  }
}

async function tryComposite(
  typed: TypedModel,
  inputs: Tensors,
  target: Target,
  composite: LrpComposite,
): Promise<CompositeOutcome> {
  const recipe = lrp.recipe({ ...defaultOptions(lrp.options), composite })
  const bare: ExplanationRecipe = {
    ...recipe,
    prepare: (given, value) => withoutBiases(recipe.prepare?.(given, value) ?? given),
  }
  try {
    const own = await explain(typed, recipe, inputs, target)
    const { arrived } = await explain(typed, bare, inputs, target, false)
    return { composite, ...own, withoutBiases: arrived }
  } catch (error) {
    if (error instanceof Failure) return { composite, refusal: error.message }
    throw error
  }
}

async function explain(
  typed: TypedModel,
  recipe: ExplanationRecipe,
  inputs: Tensors,
  target: Target,
  mayOptimise = true,
) {
  const began = performance.now()
  const { model } = compileTyped({ ...typed, target: target.value, recipe, traits })
  const compiled = performance.now()
  const nodes = model.graph.nodes.length
  const bytes = encode(model)
  const optimise = mayOptimise && nodes <= MAX_OPTIMISED_NODES
  const session = await runtime.createSession(bytes, { optimise })
  const opened = performance.now()
  const tensors = [...inputs, target.weights]
  const names = [...typed.model.graph.inputs.map(({ name }) => name), TARGET_WEIGHTS]
  const feeds = names.flatMap((name, i) => {
    const tensor = tensors[i]
    return tensor ? [[name, { dtype: 'float32' as const, ...tensor }] as const] : []
  })
  const [scores = '', ...maps] = model.graph.outputs.map(({ name }) => name)
  try {
    const results = await session.run(Object.fromEntries(feeds), [scores, ...maps])
    const ended = performance.now()
    const start = floats(results[scores])[0] ?? Number.NaN
    return {
      nodes,
      megabytes: bytes.length / 2 ** 20,
      compileMs: compiled - began,
      openMs: opened - compiled,
      runMs: ended - opened,
      arrived: whatArrived(
        maps.map((map) => floats(results[map])),
        start,
      ),
    }
  } finally {
    await session.release()
  }
}

function floats(tensor: RuntimeTensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data
  throw new Error('the graph gave no numbers')
}

function whatArrived(maps: readonly Float32Array[], start: number): Arrived {
  let sum = 0
  let size = 0
  for (const map of maps) {
    for (const value of map) {
      sum += value
      size += Math.abs(value)
    }
  }
  return { isFinite: Number.isFinite(size), ratio: sum / start, size: size / Math.abs(start) }
}
