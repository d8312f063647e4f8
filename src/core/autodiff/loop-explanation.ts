/** @file Explanations that average a gradient over many points, as one graph: an ONNX Loop around it. */

import { freeName } from '../onnx/free-name.ts'
import { createGraphBuilder, type GraphBuilder } from '../onnx/graph-builder.ts'
import type { ConstantTensor, Graph, Model, Node, Value, ValueInfo } from '../onnx/ir.ts'
import { compileTyped } from './compile-typed.ts'
import { type Compilation, SCORES, scorePerRow, TARGET_WEIGHTS } from './gradient-graph.ts'
import type { ExplanationRecipe } from './recipe.ts'

export interface LoopPlan {
  /** What is computed at every point; one output per model input. */
  readonly recipe: ExplanationRecipe
  readonly runs: number
  /** Where run number `run` (int64, rank 0) takes it; `index` counts the model's inputs. */
  emitPoint(g: GraphBuilder, at: LoopValues, run: Value, index: number): Value
  /** What run number `run` adds to the running sums. */
  emitTerms(g: GraphBuilder, output: Value, run: Value): readonly Value[]
  /** The map from the sums. */
  emitMap(g: GraphBuilder, sums: readonly Value[], at: LoopValues): Value
}

/** One model input and its baseline. */
export interface LoopValues {
  readonly x: Value
  readonly baseline: Value
}

type LoopCompilation = Omit<Compilation, 'recipe'> & {
  readonly emitWeights: NonNullable<Compilation['emitWeights']>
  readonly plan: LoopPlan
  /** One per float input, of its shape or a single number. */
  readonly baseline: readonly ConstantTensor[]
}

/** Prefix of the gradient's names inside the body, and of the names that the body adds. */
const INNER = 'run/'
const ADDED = 'loop/'

/**
 * The forward pass stands outside the loop, for the scores and the target; the loop's body is the
 * compiled gradient, with the model's weights read from outside. Outputs: SCORES, one map per input.
 */
export function compileLoop(compilation: LoopCompilation): Model {
  const { model, types, plan, emitWeights } = compilation
  const outer = createGraphBuilder(model.graph, types)
  const find = (name: string) => outer.find(name) ?? missing(name)
  const target = find(compilation.target)
  const weights = outer.rename(emitWeights(outer, target), TARGET_WEIGHTS)
  const scores = outer.rename(scorePerRow(outer, target, weights), SCORES)
  const gradient = compileTyped({
    model,
    types,
    target: compilation.target,
    recipe: plan.recipe,
    traits: compilation.traits,
  })
  const inputs = model.graph.inputs.map(({ name }, i) => ({
    x: find(name),
    baseline: outer.constant(compilation.baseline[i] ?? missing(name)),
  }))
  const { body, constants, sumsPerInput } = buildBody(plan, inputs, gradient, model.graph)
  for (const [name, tensor] of constants) outer.rename(outer.constant(tensor), name)
  const zeros = inputs.flatMap(({ x }) =>
    Array.from({ length: sumsPerInput }, () => outer.zeros(x.dims)),
  )
  const sums = outer.emit(
    'Loop',
    [outer.scalar(plan.runs, 'int64'), null, ...zeros],
    zeros.map(({ dtype, dims }) => ({ dtype, dims })),
    { body: { kind: 'graph', value: body } },
  )
  const maps = inputs.map((at, i) => {
    const own = sums.slice(i * sumsPerInput, (i + 1) * sumsPerInput)
    return outer.rename(plan.emitMap(outer, own, at), freeName(outer, `map_${at.x.name}`))
  })
  const outputs = [scores, ...maps]
  return {
    ...model,
    producer: 'saliscope',
    graph: { ...outer.finish(outputs), outputs: outputs.map(declare) },
  }
}

interface Body {
  readonly body: Graph
  /** What the body reads from outside beyond the model's own constants. */
  readonly constants: ReadonlyMap<string, ConstantTensor>
  readonly sumsPerInput: number
}

function buildBody(
  plan: LoopPlan,
  inputs: readonly LoopValues[],
  gradient: ReturnType<typeof compileTyped>,
  outside: Graph,
): Body {
  const run: Value = { name: `${INNER}number`, dtype: 'int64', dims: [] }
  const going: Value = { name: `${INNER}going`, dtype: 'bool', dims: [] }
  const { graph } = gradient.model
  const isShared = (name: string) =>
    outside.initializers.has(name) &&
    outside.initializers.get(name)?.bytes === graph.initializers.get(name)?.bytes
  const constants = new Map<string, ConstantTensor>()
  for (const [name, tensor] of graph.initializers)
    if (!isShared(name)) constants.set(INNER + name, tensor)

  const probe = createGraphBuilder(emptyGraph([]), new Map())
  const sample = inputs[0]?.x ?? run
  const sumsPerInput = plan.emitTerms(
    probe,
    probe.zeros(sample.dims),
    probe.scalar(0, 'int64'),
  ).length
  const sums = inputs.map(({ x }, i) =>
    Array.from(
      { length: sumsPerInput },
      (_, k): Value => ({
        name: `${INNER}sum_${i}_${k}`,
        dtype: 'float32',
        dims: x.dims,
      }),
    ),
  )
  const rename = (name: string): string => {
    if (name === '' || name === TARGET_WEIGHTS || isShared(name)) return name
    return INNER + name
  }
  const known = [
    run,
    going,
    ...sums.flat(),
    ...inputs.flatMap(({ x, baseline }) => [x, baseline]),
    ...[...gradient.types.values()].map((value) => ({ ...value, name: rename(value.name) })),
  ]
  const types = new Map(known.map((value) => [value.name, value]))
  const g = createGraphBuilder(emptyGraph([run, going, ...sums.flat()].map(declare)), types)
  for (const [i, at] of inputs.entries()) {
    g.rename(plan.emitPoint(g, at, run, i), rename(at.x.name))
  }
  for (const node of graph.nodes) g.append(prefixNode(node, INNER, rename))
  const maps = graph.outputs.filter(({ name }) => name !== SCORES)
  const next = maps.flatMap(({ name }, i) => {
    const output = g.find(rename(name)) ?? missing(name)
    const own = sums[i] ?? []
    return plan.emitTerms(g, output, run).map((term, k) => g.add(own[k] ?? missing(name), term))
  })
  const stillGoing = g.node('Identity', [going], [], {}, 'bool')
  const outputs = [stillGoing, ...next]
  const finished = { ...g.finish(outputs), outputs: outputs.map(declare) }
  return { body: prefixOwnNames(finished), constants, sumsPerInput }
}

/** Names that the body's builder made up get the prefix too: a body must not reuse outer names. */
function prefixOwnNames(graph: Graph): Graph {
  const own = new Set([
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ])
  const rename = (name: string) => (own.has(name) && !name.startsWith(INNER) ? ADDED + name : name)
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.name.startsWith(INNER) ? renameEdges(node, rename) : prefixNode(node, ADDED, rename),
    ),
    outputs: graph.outputs.map((output) => ({ ...output, name: rename(output.name) })),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
  }
}

type Rename = (name: string) => string

function renameEdges(node: Node, rename: Rename): Node {
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }
}

function prefixNode(node: Node, prefix: string, rename: Rename): Node {
  return { ...renameEdges(node, rename), name: prefix + node.name }
}

function emptyGraph(inputs: readonly ValueInfo[]): Graph {
  return { name: 'run', inputs, outputs: [], nodes: [], initializers: new Map() }
}

function declare({ name, dtype, dims }: Value): ValueInfo {
  return { name, dtype, dims }
}

function missing(name: string): never {
  throw new Error(`the loop lacks the value '${name}'`)
}
