/** @file Removes what no output needs. */

import type { ConstantTensor, Graph, Node } from './ir.ts'

/**
 * The graph without nodes and initializers that no output (and none of the `kept` values) depends
 * on; its inputs all stay.
 */
export function pruneGraph(graph: Graph, kept: readonly string[] = []): Graph {
  const needed = new Set([...graph.outputs.map((output) => output.name), ...kept])
  const nodes: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => output !== '' && needed.has(output))) continue
    for (const input of node.inputs) needed.add(input)
    for (const outer of outerReads(node)) needed.add(outer)
    nodes.push(node)
  }
  const initializers = new Map<string, ConstantTensor>()
  for (const [name, tensor] of graph.initializers) {
    if (needed.has(name)) initializers.set(name, tensor)
  }
  return { ...graph, nodes: nodes.reverse(), initializers }
}

/** Names read inside sub-graphs; those defined inside are harmless here. */
function outerReads(node: Node): string[] {
  return Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === 'graph'
      ? attribute.value.nodes
          .flatMap((inner) => [...inner.inputs, ...outerReads(inner)])
          .concat(attribute.value.outputs.map((output) => output.name))
      : [],
  )
}
