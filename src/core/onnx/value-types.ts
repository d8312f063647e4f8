/**
 * @file Static types of every edge, traced through the runtime.
 *
 * Instead of inferring shapes operator by operator, every value gets a Shape node, and one run on
 * the real input answers them all. Two outputs carry the answer: the ranks of all values, and all
 * their sizes one after the other. The runtime frees each activation as usual.
 */

import { Failure } from '../failure.ts'
import { int64Tensor } from './constants.ts'
import type { DType, Graph, Model, Node, Value, ValueTypes } from './ir.ts'
import { outputDtypes } from './output-dtypes.ts'

/** Extra outputs of `withShapeOutputs`, int64 vectors: fetch both. */
export const RANKS_OUTPUT = 'saliscope/ranks'
export const SIZES_OUTPUT = 'saliscope/sizes'

export interface TracedShapes {
  readonly ranks: BigInt64Array
  readonly sizes: BigInt64Array
}

/** The model with two more outputs that tell the shape of every value; its own outputs stay. */
export function withShapeOutputs(model: Model): Model {
  const { graph } = model
  const traced = tracedValues(graph)
  // A scalar has an empty shape, which Concat takes; a graph without values has nothing to join.
  const none = 'saliscope/none'
  const shapes = traced.map((_, index) => `saliscope/shape_${index}`)
  const ranks = traced.map((_, index) => `saliscope/rank_${index}`)
  const nodes = traced.flatMap((name, index) => [
    create('Shape', [name], shapes[index] ?? ''),
    create('Shape', [shapes[index] ?? ''], ranks[index] ?? ''),
  ])
  const axis = { axis: { kind: 'int', value: 0 } } as const
  const output = (name: string) => ({ name, dtype: 'int64', dims: [null] }) as const
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [
        ...graph.nodes,
        ...nodes,
        { ...create('Concat', [none, ...shapes], SIZES_OUTPUT), attributes: axis },
        { ...create('Concat', [none, ...ranks], RANKS_OUTPUT), attributes: axis },
      ],
      initializers: new Map([...graph.initializers, [none, int64Tensor([])]]),
      outputs: [...graph.outputs, output(RANKS_OUTPUT), output(SIZES_OUTPUT)],
    },
  }
}

/**
 * Types of every value of the model (inputs, weights, node outputs), from what the two outputs of
 * `withShapeOutputs(model)` gave. Sequences and maps are left out.
 */
export function readValueTypes(model: Model, shapes: TracedShapes): ValueTypes {
  const { graph } = model
  const dtypes = valueDtypes(graph)
  const types = new Map<string, Value>()
  for (const [name, { dtype, dims }] of graph.initializers) types.set(name, { name, dtype, dims })
  const traced = tracedValues(graph)
  if (traced.length !== shapes.ranks.length) {
    throw new Failure(
      'internal',
      `The shape trace has ${shapes.ranks.length} values; the model has ${traced.length}.`,
    )
  }
  let offset = 0
  traced.forEach((name, index) => {
    const end = offset + Number(shapes.ranks[index])
    const dims = Array.from(shapes.sizes.subarray(offset, end), Number)
    offset = end
    types.set(name, { name, dtype: dtypes.get(name) ?? 'other', dims })
  })
  return types
}

/** Element type of every value of the graph, from the operators' signatures. */
export function valueDtypes(graph: Graph): ReadonlyMap<string, DType> {
  const dtypes = new Map<string, DType>()
  for (const input of graph.inputs) dtypes.set(input.name, input.dtype)
  for (const [name, tensor] of graph.initializers) dtypes.set(name, tensor.dtype)
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => dtypes.get(name) ?? 'other')
    outputDtypes(node, inputs).forEach((dtype, index) => {
      const name = node.outputs[index] ?? ''
      if (name !== '') dtypes.set(name, dtype)
    })
  }
  return dtypes
}

/** Values whose shape is unknown before a run, in the order of the two outputs. */
function tracedValues(graph: Graph): readonly string[] {
  const dtypes = valueDtypes(graph)
  const inputs = graph.inputs.map((input) => input.name)
  const produced = graph.nodes.flatMap((node) => node.outputs)
  return [...inputs, ...produced].filter(
    (name) => name !== '' && (dtypes.get(name) ?? 'other') !== 'other',
  )
}

function create(op: string, inputs: readonly string[], output: string): Node {
  return { name: output, domain: '', op, inputs, outputs: [output], attributes: {} }
}
