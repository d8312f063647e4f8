/** @file Runs a prepared model and its compiled explanations, one batch at a time. */

import type { Target } from '../core/attribution/method.ts'
import type { NamedTensor } from '../core/attribution/target.ts'
import { withProbability } from '../core/attribution/target-probability.ts'
import { CONTROL } from '../core/autodiff/apply-control.ts'
import { compileTyped } from '../core/autodiff/compile-typed.ts'
import { baselineName } from '../core/autodiff/deeplift/twin-graph.ts'
import { SCORES, TARGET_WEIGHTS } from '../core/autodiff/gradient-graph.ts'
import { lowerForward } from '../core/autodiff/lowering/lower-forward.ts'
import { planarise } from '../core/autodiff/lowering/planar-conv.ts'
import { traitsOf } from '../core/autodiff/lowering/provider-traits.ts'
import type { ExplanationRecipe, RuleSet } from '../core/autodiff/recipe.ts'
import type { TypedModel } from '../core/autodiff/typed-model.ts'
import { Failure } from '../core/failure.ts'
import { canonicalise } from '../core/onnx/canonicalise.ts'
import { encode } from '../core/onnx/codec.ts'
import type { Graph, Model, ValueTypes } from '../core/onnx/ir.ts'
import { copyTensor, formatDims, sameDims } from '../core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import { assertFits, estimateMemory, type MemoryEstimate } from './memory-check.ts'
import { type ModelInput, readTensor, toFeeds } from './model-inputs.ts'
import { floatOutputs } from './prepare-model.ts'
import type { Runtime } from './runtime.ts'
import { sameTensors } from './same-tensors.ts'
import { createSessionCache, type OpenSession } from './session-cache.ts'
import { traceModel } from './trace-model.ts'
import { yieldMacrotask } from './yield-macrotask.ts'

export interface ForwardResult {
  /** The float outputs, in the model's order. */
  readonly outputs: readonly NamedTensor[]
  readonly elapsedMs: number
  /** Bytes of live activations at the peak. */
  readonly peakBytes: number
}

export interface Explained {
  readonly scores: readonly number[]
  readonly outputs: Tensors
}

export interface ModelRunner {
  predict(inputs: Tensors): Promise<ForwardResult>
  score(inputs: Tensors, target: Target): Promise<readonly number[]>
  explain(
    recipe: ExplanationRecipe,
    inputs: Tensors,
    target: Target,
    control?: Tensor,
    baseline?: Tensors,
  ): Promise<Explained>
  readValue(name: string, inputs: Tensors): Promise<Tensor>
  estimate(
    inputs: Tensors,
    explanation?: { readonly recipe: ExplanationRecipe; readonly target: Target },
  ): Promise<MemoryEstimate>
  /** The graph as compiled for inputs of these sizes. */
  describe(inputs: Tensors): Promise<{ readonly graph: Graph; readonly types: ValueTypes }>
  close(): Promise<void>
}

/** The prepared model for inputs of one size. */
interface Sized extends TypedModel {
  readonly dims: string
  readonly peakBytes: number
}

const MAX_SESSIONS = 4
const MAX_SIZES = 8
/**
 * Optimising takes the runtime about 1 ms a node (some hundred passes over the graph), and a run is
 * at most twice as fast for it: from here on opening would take longer than a series of runs saves.
 */
export const MAX_OPTIMISED_NODES = 4000

/**
 * Bytes of models whose sessions stay open: a quarter of what may be used at once. A large model's
 * prediction and explanation (VGG-16: 1.2 GB) stay open together where there is room. Where nobody
 * knows what there is (WebGPU), a gigabyte.
 */
function keptBytes(runtime: Runtime): number {
  const { totalBytes } = runtime.limits()
  return Number.isFinite(totalBytes) ? Math.min(totalBytes / 4, 2 ** 32) : 2 ** 30
}

export function createModelRunner(
  runtime: Runtime,
  model: Model,
  declared: readonly ModelInput[],
): ModelRunner {
  const traits = traitsOf(runtime.provider.id)
  const outputNames = floatOutputs(model)
  const sessions = createSessionCache(MAX_SESSIONS, keptBytes(runtime))
  const sizes = new Map<string, Sized>()
  let last: { readonly inputs: Tensors; readonly result: ForwardResult } | undefined

  const open = async (opened: Model, optimise = true): Promise<OpenSession> => {
    const bytes = encode(opened)
    const session = await runtime.createSession(bytes, { optimise })
    return { session, outputs: opened.graph.outputs.map(({ name }) => name), bytes: bytes.length }
  }

  /** Traces sizes that are new; the trace is a forward run, whose result is kept. */
  const findSized = async (inputs: Tensors): Promise<Sized> => {
    const dims = inputs.map((input) => formatDims(input.dims)).join(';')
    const known = sizes.get(dims)
    if (known) return known
    const { types, outputs, elapsedMs } = await traceModel(
      runtime,
      model,
      declared,
      inputs,
      outputNames,
    )
    const exact = canonicalise(model, types)
    const { activationBytes } = estimateMemory({ model: exact, types })
    const sized = { model: exact, types, dims, peakBytes: activationBytes }
    const [oldest] = sizes.keys()
    if (sizes.size >= MAX_SIZES && oldest !== undefined) sizes.delete(oldest)
    sizes.set(dims, sized)
    if (runtime.provider.id !== 'webgpu') {
      const tensors = outputNames.map((name) => ({ name, tensor: readTensor(name, outputs[name]) }))
      const result = { outputs: tensors, elapsedMs, peakBytes: activationBytes }
      last = { inputs: inputs.map(copyTensor), result }
    }
    await yieldMacrotask()
    return sized
  }

  const forward = async (sized: Sized, inputs: Tensors): Promise<ForwardResult> => {
    if (last && sameTensors(last.inputs, inputs)) return last.result
    const { session } = await sessions.get(`forward ${sized.dims}`, async () => {
      const lowered = planarise(lowerForward(sized.model, sized.types, traits), traits)
      assertFits(estimateMemory(lowered), runtime.limits(), inputs[0]?.dims ?? [])
      return open(lowered.model)
    })
    const began = performance.now()
    const results = await session.run(toFeeds(declared, inputs), outputNames)
    const elapsedMs = performance.now() - began
    await yieldMacrotask()
    const outputs = outputNames.map((name) => ({ name, tensor: readTensor(name, results[name]) }))
    return { outputs, elapsedMs, peakBytes: sized.peakBytes }
  }

  const compile = (sized: Sized, recipe: ExplanationRecipe, target: Target): TypedModel =>
    compileTyped({ ...withProbability(sized, target.value), target: target.value, recipe, traits })

  const explain: ModelRunner['explain'] = async (recipe, inputs, target, control, baseline) => {
    const sized = await findSized(inputs)
    assertTargetFits(sized.types, target)
    const key = ['explain', keyOf(recipe.rules), recipe.key, target.value, sized.dims].join(' | ')
    const { session, outputs } = await sessions.get(key, async () => {
      const compiled = compile(sized, recipe, target)
      assertFits(estimateMemory(compiled), runtime.limits(), inputs[0]?.dims ?? [])
      return open(compiled.model, compiled.model.graph.nodes.length <= MAX_OPTIMISED_NODES)
    })
    const weights = { dtype: 'float32', ...target.weights } as const
    const feeds = {
      ...toFeeds(declared, inputs),
      [TARGET_WEIGHTS]: weights,
      ...(control && { [CONTROL]: { dtype: 'float32', ...control } as const }),
      ...(baseline && toFeeds(declared.map(baselineInput), baseline)),
    }
    const results = await session.run(feeds, outputs)
    await yieldMacrotask()
    return {
      scores: Array.from(readTensor(SCORES, results[SCORES]).data),
      outputs: outputs
        .filter((name) => name !== SCORES)
        .map((name) => readTensor(name, results[name])),
    }
  }

  return {
    explain,
    describe: async (inputs) => {
      const { model: exact, types } = await findSized(inputs)
      return { graph: exact.graph, types }
    },
    predict: async (inputs) => {
      const result = await forward(await findSized(inputs), inputs)
      if (result !== last?.result) last = { inputs: inputs.map(copyTensor), result }
      return result
    },
    score: async (inputs, target) => {
      if (!outputNames.includes(target.value)) {
        return (await explain(scoreOnly, inputs, target)).scores
      }
      const { outputs } = await forward(await findSized(inputs), inputs)
      const value = outputs.find(({ name }) => name === target.value)
      return value ? weightedRowSums(value.tensor, target.weights) : []
    },
    readValue: async (name, inputs) => {
      const { types } = await findSized(inputs)
      const dims = types.get(name)?.dims ?? []
      const weights = { dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) }
      const target = { value: name, weights, spec: '', label: '' }
      const { outputs } = await explain(valueOnly(name), inputs, target)
      return readFirst(name, outputs)
    },
    estimate: async (inputs, explanation) => {
      const sized = await findSized(inputs)
      if (!explanation) return estimateMemory(sized)
      return estimateMemory(compile(sized, explanation.recipe, explanation.target))
    },
    close: () => sessions.clear(),
  }
}

function baselineInput({ name, dims }: ModelInput): ModelInput {
  return { name: baselineName(name), dims }
}

function keyOf(rules: RuleSet): string {
  return typeof rules === 'string' ? rules : rules.key
}

const scoreOnly: ExplanationRecipe = { key: 'score', rules: 'standard', emit: () => [] }

function valueOnly(name: string): ExplanationRecipe {
  return { key: `value ${name}`, rules: 'standard', emit: ({ value }) => [value(name)] }
}

function readFirst(name: string, [first]: Tensors): Tensor {
  if (first) return first
  throw new Failure('internal', `The runtime gave no value for "${name}".`)
}

function assertTargetFits(types: ValueTypes, { value, weights }: Target): void {
  const known = types.get(value)
  if (!known || sameDims(known.dims, weights.dims)) return
  throw new Failure(
    'shape-mismatch',
    `The target has the shape ${formatDims(weights.dims)}, but "${value}" is ${formatDims(known.dims)}.`,
  )
}

/** Sum of weights * value for every batch row, in float64; a value without axes is one row. */
function weightedRowSums({ data, dims }: Tensor, weights: Tensor): readonly number[] {
  const rows = dims[0] ?? 1
  const stride = data.length / rows
  return Array.from({ length: rows }, (_, row) => {
    let sum = 0
    for (let i = row * stride; i < (row + 1) * stride; i++) {
      const weight = weights.data[i] ?? 0
      if (weight !== 0) sum += weight * (data[i] ?? 0)
    }
    return sum
  })
}
