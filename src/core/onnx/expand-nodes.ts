/** @file Replaces nodes of a graph by several that compute the same. */

import { numberTensor } from './constants.ts'
import { unusedName } from './inline-functions.ts'
import type { Attributes, ConstantTensor, DType, Graph, Node } from './ir.ts'
import { valueDtypes } from './value-types.ts'

/** Writes the nodes that one node stands for; values are named after its first output. */
export interface Expansion {
  readonly node: Node
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string
  constant(what: string, values: readonly number[], dims: readonly number[], dtype?: DType): string
  /** The value under the name of one of the node's outputs. */
  output(index: number, value: string): void
  dtypeOf(name: string): DType
  /** Sizes of a constant; undefined for what is computed. */
  constantDims(name: string): readonly number[] | undefined
}

/** Writes a node another way; false leaves it as it is. */
export type Expand = (expansion: Expansion) => boolean

/** `find` gives what expands a node; the graph is returned as it is where nothing does. */
export function expandNodes(graph: Graph, find: (node: Node) => Expand | undefined): Graph {
  if (!graph.nodes.some((node) => find(node) !== undefined)) return graph
  const initializers = new Map(graph.initializers)
  const taken = new Set([...initializers.keys(), ...graph.inputs.map(({ name }) => name)])
  for (const { name, outputs } of graph.nodes) {
    taken.add(name)
    for (const output of outputs) taken.add(output)
  }
  const dtypes = valueDtypes(graph)
  const nodes = graph.nodes.flatMap((node) => {
    const expand = find(node)
    if (!expand) return [node]
    const written: Node[] = []
    const added = new Map<string, ConstantTensor>()
    const prefix = node.outputs.find((name) => name !== '') ?? node.name
    const push = (op: string, inputs: readonly string[], output: string, attributes: Attributes) =>
      written.push({ name: output, domain: '', op, inputs, outputs: [output], attributes })
    const done = expand({
      node,
      emit(op, inputs, attributes = {}) {
        const output = unusedName(`${prefix}/${op}`, taken)
        push(op, inputs, output, attributes)
        return output
      },
      constant(what, values, dims, dtype = 'float32') {
        const name = unusedName(`${prefix}/${what}`, taken)
        added.set(name, numberTensor(dtype, values, dims))
        return name
      },
      output(index, value) {
        const name = node.outputs[index] ?? ''
        if (name === '') return
        written.push({
          name: unusedName(`${name}/Identity`, taken),
          domain: '',
          op: 'Identity',
          inputs: [value],
          outputs: [name],
          attributes: {},
        })
      },
      dtypeOf: (name) => dtypes.get(name) ?? 'other',
      constantDims: (name) => initializers.get(name)?.dims,
    })
    if (!done) return [node]
    for (const [name, tensor] of added) initializers.set(name, tensor)
    return written
  })
  return { ...graph, nodes, initializers }
}
