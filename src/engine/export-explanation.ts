/** @file An explanation as an ONNX file of its own, that any ONNX Runtime runs without Saliscope. */

import { createEmittedTarget } from '../core/attribution/emit-target.ts'
import { findMethod } from '../core/attribution/methods.ts'
import {
  logitsBehind,
  sourceOfTarget,
  withProbability,
} from '../core/attribution/target-probability.ts'
import { compileExplanation, openSizes } from '../core/autodiff/gradient-graph.ts'
import { compileLoop } from '../core/autodiff/loop-explanation.ts'
import { traitsOf } from '../core/autodiff/lowering/provider-traits.ts'
import { Failure } from '../core/failure.ts'
import { canonicalise } from '../core/onnx/canonicalise.ts'
import { decode, encode } from '../core/onnx/codec.ts'
import { floatTensor } from '../core/onnx/constants.ts'
import type { ConstantTensor, Model } from '../core/onnx/ir.ts'
import type { AnyOptionValues } from '../core/options.ts'
import { checkOptions } from '../core/parse-options.ts'
import { elementCount, type Tensors } from '../core/tensor/tensor.ts'
import { findDefaultLayer } from './default-layer.ts'
import { sha256 } from './hash.ts'
import { declaredInputs, type ModelInput } from './model-inputs.ts'
import { floatOutputs, prepareModel } from './prepare-model.ts'
import type { Runtime } from './runtime.ts'
import { traceModel } from './trace-model.ts'

export interface ExportQuestion {
  readonly methodId: string
  readonly options: AnyOptionValues
  /** One term of the target grammar; '' = default. */
  readonly target: string
  readonly layer?: string
  readonly seed: number
  /** Sizes of the input; absent = as declared, with a batch of 1. */
  readonly inputDims?: readonly (readonly number[])[]
  /**
   * For methods that walk from a baseline; a single number, or one constant per input. Graphs that
   * take it as an input (deeplift) do not read it.
   */
  readonly baseline: number | Tensors
}

export interface ExportedExplanation {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly target: string
  readonly options: AnyOptionValues
  readonly inputDims: readonly (readonly number[])[]
  /**
   * Names of the graph's inputs: the model's own, then, for methods that compare two forward passes
   * (deeplift), "saliscope.baseline." and the name of each.
   */
  readonly inputs: readonly string[]
  /** Names of the graph's outputs, scores first. */
  readonly outputs: readonly string[]
  readonly modelSha256: string
}

/**
 * Compiles the method for fixed input sizes and a target decided inside the graph. The file is
 * opened by `runtime` once before it is returned.
 * @throws Failure 'bad-request' where the method is not a graph or sizes are not known
 */
export async function exportExplanation(
  runtime: Runtime,
  modelBytes: Uint8Array<ArrayBuffer>,
  question: ExportQuestion,
): Promise<ExportedExplanation> {
  const method = findMethod(question.methodId)
  const options = checkOptions(method.id, method.options, question.options)
  if (!method.recipe && !method.loop) {
    throw new Failure(
      'bad-request',
      `${method.id} runs the model many times and is not one graph; export a back-propagation or CAM method`,
    )
  }
  const decoded = decode(modelBytes)
  const prepared = prepareModel(decoded)
  const declared = declaredInputs(decoded.graph)
  const inputDims = question.inputDims ?? declared.map(fixedDims)
  const zeros = inputDims.map((dims) => ({ dims, data: new Float32Array(elementCount(dims)) }))
  const outputs = floatOutputs(prepared)
  const { types } = await traceModel(runtime, prepared, declared, zeros, outputs)
  const canonical = canonicalise(prepared, types)
  const target = createEmittedTarget(
    question.target,
    outputs,
    (name) => logitsBehind(canonical.graph, name) !== null,
  )
  const { model, types: known } = withProbability({ model: canonical, types }, target.value)
  const common = {
    model: { ...model, graph: withDims(model.graph, inputDims) },
    types: known,
    target: target.value,
    traits: traitsOf('native'),
    emitWeights: target.emitWeights,
  }
  const layer = method.needs.layer
    ? (question.layer ?? findDefaultLayer(model.graph, known, sourceOfTarget(target.value)))
    : undefined
  const recipe = method.recipe?.(options, layer)
  const compiled = recipe
    ? compileExplanation({ ...common, recipe })
    : compileLoop({
        ...common,
        plan: method.loop?.(options, question.seed) ?? unreachable(method.id),
        baseline: baselineConstants(question.baseline, inputDims),
      })
  const modelSha256 = await sha256(modelBytes)
  const described = withRecord(compiled, {
    method: method.id,
    options,
    target: target.spec,
    ...(layer !== undefined && { layer }),
    inputDims,
    modelSha256,
    seed: question.seed,
  })
  const bytes = await encodeThatOpens(runtime, described)
  return {
    bytes,
    target: target.spec,
    options,
    inputDims,
    inputs: described.graph.inputs.map(({ name }) => name),
    outputs: described.graph.outputs.map(({ name }) => name),
    modelSha256,
  }
}

function fixedDims({ name, dims }: ModelInput): readonly number[] {
  return dims.map((size, axis) => {
    if (size !== null) return axis === 0 ? Math.max(1, size) : size
    if (axis === 0) return 1
    throw new Failure(
      'bad-request',
      `input '${name}' has no fixed sizes (${dims.map((known) => known ?? '?').join(' x ')}): give an --input of the size the explanation is for`,
    )
  })
}

function withDims(graph: Model['graph'], inputDims: readonly (readonly number[])[]) {
  return {
    ...graph,
    inputs: graph.inputs.map((input, i) => ({ ...input, dims: inputDims[i] ?? input.dims })),
  }
}

function baselineConstants(
  baseline: number | Tensors,
  inputDims: readonly (readonly number[])[],
): readonly ConstantTensor[] {
  if (typeof baseline === 'number') return inputDims.map(() => floatTensor([baseline], []))
  return baseline.map(({ data, dims }) => floatTensor(data, dims))
}

/** How the file was made, readable by any ONNX tool. */
function withRecord(model: Model, record: Readonly<Record<string, unknown>>): Model {
  const note =
    'An explanation made by Saliscope. For research and teaching, not for clinical decisions.'
  const metadata = new Map([
    ['saliscope.explanation', JSON.stringify(record)],
    ['saliscope.note', note],
  ])
  return { ...model, metadata }
}

/**
 * From fixed sizes the runtime infers shapes ahead, and for some poolings and resizings it disagrees
 * with its own kernels and refuses the graph: then the sizes are left open.
 */
async function encodeThatOpens(runtime: Runtime, model: Model): Promise<Uint8Array<ArrayBuffer>> {
  const open = async (candidate: Model) => {
    const bytes = encode(candidate)
    await (await runtime.createSession(bytes)).release()
    return bytes
  }
  try {
    return await open(model)
  } catch {
    const inputs = openSizes(model.graph.inputs)
    return open({ ...model, graph: { ...model.graph, inputs } })
  }
}

function unreachable(id: string): never {
  throw new Error(`${id} has neither a recipe nor a loop`)
}
