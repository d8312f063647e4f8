/** @file The order in which ONNX Runtime runs the nodes of a graph, which is not the order of the file. */

import type { Graph, Node } from './ir.ts'

/**
 * Depth first from the nodes that nothing reads, the last of them first; of what a node reads, the
 * producer that is last in the file goes first. Fusions change it a little.
 */
export function runOrder({ nodes }: Graph): readonly Node[] {
  const producers = new Map<string, number>()
  for (const [index, node] of nodes.entries()) {
    for (const name of node.outputs) if (name !== '') producers.set(name, index)
  }
  const read = new Set<number>()
  const parents = nodes.map((node) => {
    const found = new Set<number>()
    for (const name of node.inputs) {
      const index = producers.get(name)
      if (index !== undefined) found.add(index)
    }
    for (const index of found) read.add(index)
    return [...found].sort((a, b) => a - b)
  })
  const order: Node[] = []
  const seen = new Set<number>()
  const stack = nodes.flatMap((_, index) => (read.has(index) ? [] : [{ index, isLeft: false }]))
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { index, isLeft } = entry
    const node = nodes[index]
    if (isLeft && node) order.push(node)
    if (isLeft || seen.has(index)) continue
    seen.add(index)
    stack.push({ index, isLeft: true })
    for (const parent of parents[index] ?? []) {
      if (!seen.has(parent)) stack.push({ index: parent, isLeft: false })
    }
  }
  return order
}
