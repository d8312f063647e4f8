/** @file Finds attention in a graph: a Softmax whose probabilities weigh values in a matrix product. */

import type { Graph, Node } from '../../onnx/ir.ts'

export interface AttentionMatch {
  readonly softmax: Node
  /** What only moves or guards the probabilities on their way to the product, in order. */
  readonly steps: readonly Node[]
  /** MatMul or Einsum of the probabilities with the values. */
  readonly product: Node
  /** Which operand of the product the probabilities are. */
  readonly operand: number
}

/** Operators that hand probabilities on: rearranged, cast, or with their NaNs replaced (Where). */
const HANDS_ON: ReadonlySet<string> = new Set([
  'Cast',
  'Dropout',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
  'Where',
])
const PRODUCTS: ReadonlySet<string> = new Set(['Einsum', 'MatMul'])

/**
 * Every candidate, in graph order, whatever wrote the file. Nothing is known of shapes here: whether
 * the product really sums over the axis of the Softmax is for `readAttentionAxes`.
 */
export function findAttention(graph: Graph): readonly AttentionMatch[] {
  const readers = new Map<string, Node[]>()
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) {
      const known = readers.get(name)
      if (known) known.push(node)
      else readers.set(name, [node])
    }
  }
  return graph.nodes.flatMap((softmax) => {
    if (softmax.domain !== '' || softmax.op !== 'Softmax') return []
    const match = followProbabilities(softmax, readers)
    return match ? [match] : []
  })
}

interface Path {
  readonly name: string
  readonly steps: readonly Node[]
}

function followProbabilities(
  softmax: Node,
  readers: ReadonlyMap<string, readonly Node[]>,
): AttentionMatch | null {
  const waiting: Path[] = [{ name: softmax.outputs[0] ?? '', steps: [] }]
  for (let path = waiting.shift(); path; path = waiting.shift()) {
    for (const node of readers.get(path.name) ?? []) {
      if (node.domain !== '') continue
      const operand = node.inputs.indexOf(path.name)
      const { steps } = path
      if (PRODUCTS.has(node.op)) return { softmax, steps, product: node, operand }
      // The condition of a Where and the sizes of a Reshape are no probabilities.
      const carries = node.op === 'Where' ? operand > 0 : operand === 0
      if (HANDS_ON.has(node.op) && carries) {
        waiting.push({ name: node.outputs[0] ?? '', steps: [...steps, node] })
      }
    }
  }
  return null
}
