/** @file Puts the nodes of a file in the order in which they can be computed. */

import type { Node } from './ir.ts'

/**
 * Every node after those whose values it reads, otherwise as in the file. The specification asks for
 * that order, but some converters (to float16) append nodes at the end. Nodes that wait for each
 * other stay where they are: whoever checks the graph reports them.
 */
export function sortNodes(nodes: readonly Node[]): readonly Node[] {
  const producers = new Map<string, Node>()
  for (const node of nodes) for (const name of node.outputs) producers.set(name, node)
  producers.delete('')
  const placed = new Set<Node>()
  const waiting = new Set<Node>()
  const sorted: Node[] = []
  for (const start of nodes) {
    // Depth first without recursion: networks are deeper than the stack.
    const stack = [start]
    while (stack.length > 0) {
      const node = stack.at(-1)
      if (!node) break
      const next = placed.has(node)
        ? undefined
        : node.inputs
            .map((name) => producers.get(name))
            .find((source) => source && !placed.has(source) && !waiting.has(source))
      waiting.add(node)
      if (next) {
        stack.push(next)
        continue
      }
      stack.pop()
      if (placed.has(node)) continue
      placed.add(node)
      sorted.push(node)
    }
  }
  return sorted
}
