/** @file The compiler: a model and a recipe become one ONNX graph (forward, backward, explanation). */

import { Failure } from '../failure.ts'
import { nearNames } from '../near-names.ts'
import { peakActivationBytes } from '../onnx/activation-memory.ts'
import { isFloat } from '../onnx/dtypes.ts'
import { createGraphBuilder, type GraphBuilder } from '../onnx/graph-builder.ts'
import type { Graph, Model, Node, Value, ValueInfo, ValueTypes } from '../onnx/ir.ts'
import { range } from '../onnx/shape-arithmetic.ts'
import { applyControl } from './apply-control.ts'
import { backpropagate } from './backpropagate.ts'
import { isWholeResize } from './lowering/blocked-layout.ts'
import { hasCeilMode, withExplicitPools } from './lowering/explicit-pools.ts'
import { lowerForward } from './lowering/lower-forward.ts'
import { oneAfter } from './lowering/order.ts'
import { planariseConvs } from './lowering/planar-conv.ts'
import type { ProviderTraits } from './lowering/provider-traits.ts'
import { readShared } from './lowering/read-shared.ts'
import type { ExplanationRecipe } from './recipe.ts'
import { recomputeCheap } from './recompute/recompute.ts'
import type { TypedModel } from './typed-model.ts'

/** Graph input: the weights of the explained sum, float32, same shape as the target value. */
export const TARGET_WEIGHTS = 'saliscope.target_weights'
/** Graph output: the explained score of every batch row, float32, shape (N). */
export const SCORES = 'saliscope.scores'

export interface Compilation {
  /** Canonical (opset 18 forms); not changed. */
  readonly model: Model
  /** The static type of every edge of the model. */
  readonly types: ValueTypes
  /** Name of the explained value. */
  readonly target: string
  readonly recipe: ExplanationRecipe
  readonly traits: ProviderTraits
  /** Emits the weights from the target's value instead of taking a graph input (`saliscope export`). */
  readonly emitWeights?: (g: GraphBuilder, value: Value) => Value
}

/**
 * One graph that computes the explained scores and the recipe's outputs. Its inputs are the
 * model's own, CONTROL where the recipe has one, and TARGET_WEIGHTS; its outputs are SCORES, then the recipe's in order, under the
 * names of the values that the recipe returned (float32). The batch rows stay independent: row n's
 * score is the sum of weights * value over row n.
 * @throws Failure 'unsupported-operator' naming the operator that has no gradient rule
 */
export function compileExplanation(compilation: Compilation): Model {
  const { recipe, traits } = compilation
  const { model: given, types: givenTypes } = recipe.prepare
    ? recipe.prepare(compilation, compilation.target)
    : compilation
  const lowered = lowerForward(given, givenTypes, traits)
  const { model, types, control, standIn } = applyControl(lowered, recipe.control)
  const g = createGraphBuilder(model.graph, types)
  const target = findValue(g, model, standIn(compilation.target))
  if (!isFloat(target.dtype)) {
    throw new Failure(
      'bad-request',
      `'${target.name}' holds ${target.dtype} numbers; only floating-point values have a gradient.`,
    )
  }
  const weights = compilation.emitWeights
    ? compilation.emitWeights(g, target)
    : g.input(TARGET_WEIGHTS, 'float32', target.dims)
  const seed = g.cast(weights, target.dtype)
  const scores = g.rename(g.cast(scorePerRow(g, target, seed), 'float32'), SCORES)
  // What the scores are read from need not be held through the backward pass.
  const start = traits.heedsOrder
    ? g.mul(seed, oneAfter(g, scores, seed.dtype, seed.dims.length))
    : seed
  const explained = recipe.emit({
    g,
    inputs: lowered.model.graph.inputs
      .filter((info) => isFloat(info.dtype))
      .map((info) => findValue(g, model, info.name)),
    target,
    weights: seed,
    model,
    written: given,
    value: (name) => findValue(g, model, name),
    gradients: (of, rules = recipe.rules, cotangent = start) =>
      backpropagate({ g, model, rules, traits, target, cotangent, of }),
    ...(control && { control }),
  })
  const outputs = [scores, ...distinctOutputs(g, model, explained)]
  const declared = declareOutputs(g, outputs)
  // An exported graph keeps the convolutions as people know them.
  const whole = compilation.emitWeights
    ? declared
    : planariseConvs(g, traits, readShared(g, traits, withExplicitPools(declared, g.find)))
  const graph = traits.heedsOrder ? recomputeCheap(g, whole, fineBytes(lowered, whole)) : whole
  return {
    ...model,
    producer: 'saliscope',
    graph: compilation.emitWeights ? graph : { ...graph, inputs: declareInputs(graph, traits) },
  }
}

/** What an explanation may hold, weights included, in peaks of the forward run, before anything is computed twice. */
const FINE = 2.4
/** Activations that nobody needs to save. */
const LITTLE = 2 ** 21

/** Bytes of activations; weights are held twice (the file while it is read, the runtime's copy). */
function fineBytes({ model, types }: TypedModel, explanation: Graph): number {
  const forward = peakActivationBytes(model.graph, types) + 2 * weightBytes(model.graph)
  return Math.max(LITTLE, FINE * forward - 2 * weightBytes(explanation))
}

function weightBytes({ initializers }: Graph): number {
  let sum = 0
  for (const { bytes } of initializers.values()) sum += bytes.length
  return sum
}

/**
 * The model's inputs with every size left open, although the graph fits the traced sizes only: from
 * fixed sizes the runtime infers shapes ahead, and there it disagrees with its own kernels for some
 * poolings (ceil_mode) and resizings (scales), and refuses the graph.
 */
export function openSizes(inputs: readonly ValueInfo[]): ValueInfo[] {
  return inputs.map((info) => ({ ...info, dims: info.dims?.map(() => null) ?? null }))
}

/**
 * With the sizes where the runtime infers all others rightly from them: it opens the session two to
 * three times faster and keeps its own layout through products of forward and backward values. Else
 * without the rank too, except where layouts are chosen by it. From ranks without sizes the runtime
 * infers sizes that are all different for all it knows, and its memory planner then compares every
 * value with every value that is free: 25 s for the 6000 nodes of a DenseNet, 2 s without ranks.
 */
function declareInputs(
  { inputs, nodes, initializers }: Graph,
  { id }: ProviderTraits,
): readonly ValueInfo[] {
  if (id === 'webgpu') return openSizes(inputs)
  const isRepeat = (node: Node) => isWholeResize(node, (name) => initializers.get(name))
  if (!nodes.some((node) => isMisjudged(node) && !isRepeat(node))) return inputs
  return inputs.map((info) => ({ ...info, dims: null }))
}

/** See `openSizes`. */
function isMisjudged(node: Node): boolean {
  return node.op === 'Resize' || node.op === 'Upsample' || hasCeilMode(node)
}

export function scorePerRow(g: GraphBuilder, target: Value, weights: Value): Value {
  const weighted = g.mul(target, weights)
  if (target.dims.length === 0) return g.reshape(weighted, [1])
  return g.reduceSum(weighted, range(1, target.dims.length), { keepDims: false })
}

/** A graph output must be computed by a node, once; others get an Identity. */
function distinctOutputs(g: GraphBuilder, model: Model, values: readonly Value[]): Value[] {
  const seen = new Set<string>()
  return values.map((value, index) => {
    const wide = g.cast(value, 'float32')
    const own = g.producerOf(wide) && !seen.has(wide.name)
    seen.add(wide.name)
    if (own && !model.graph.outputs.some((output) => output.name === wide.name)) return wide
    return g.rename(wide, `saliscope.output.${index}`)
  })
}

function declareOutputs(g: GraphBuilder, outputs: readonly Value[]) {
  const graph = g.finish(outputs)
  const declared = outputs.map(({ name, dtype, dims }): ValueInfo => ({ name, dtype, dims }))
  return { ...graph, outputs: declared }
}

function findValue(g: GraphBuilder, model: Model, name: string): Value {
  const found = g.find(name)
  if (found) return found
  const names = model.graph.nodes.flatMap((node) => node.outputs).filter((output) => output !== '')
  const near = nearNames(name, names)
  const hint = near.length > 0 ? ` Did you mean '${near.join("' or '")}'?` : ''
  throw new Failure('bad-request', `The model has no value named '${name}'.${hint}`)
}
