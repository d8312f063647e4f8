/** @file Which nodes lie between the float inputs of a graph and one of its values. */

import { isFloat } from './dtypes.ts'
import type { Graph, Node } from './ir.ts'
import { valueDtypes } from './value-types.ts'

/**
 * The nodes that a gradient of `output` passes on its way to the float inputs, in graph order, when
 * it only passes nodes that `transmits` accepts; null when no way leads there. A way runs through
 * float values only: a derivative by an integer does not exist.
 */
export function differentiablePath(
  graph: Graph,
  output: string,
  transmits: (node: Node) => boolean,
): readonly Node[] | null {
  const dtypes = valueDtypes(graph)
  const isFloatValue = (name: string) => isFloat(dtypes.get(name) ?? 'other')
  const path = walk(graph, output, transmits, isFloatValue)
  const isInput = graph.inputs.some((input) => input.name === output && isFloat(input.dtype))
  return path.length > 0 || isInput ? path : null
}

/** Every node between the float inputs and `output`, whatever it transmits, in graph order. */
export function nodesBetween(graph: Graph, output: string): readonly Node[] {
  return walk(
    graph,
    output,
    () => true,
    () => true,
  )
}

function walk(
  graph: Graph,
  output: string,
  transmits: (node: Node) => boolean,
  carries: (name: string) => boolean,
): readonly Node[] {
  const reached = new Set(
    graph.inputs.filter((input) => isFloat(input.dtype)).map((input) => input.name),
  )
  const forward = graph.nodes.filter((node) => {
    if (!transmits(node) || !node.inputs.some((name) => reached.has(name))) return false
    for (const name of node.outputs) if (name !== '' && carries(name)) reached.add(name)
    return true
  })
  const wanted = new Set([output])
  const backward = forward.toReversed().filter((node) => {
    if (!node.outputs.some((name) => wanted.has(name) && carries(name))) return false
    for (const name of node.inputs) if (reached.has(name)) wanted.add(name)
    return true
  })
  return backward.reverse()
}
