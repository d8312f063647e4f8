/** @file Inference-only rewrites that leave one simple form for the passes that follow. */

import { expandAttention } from './expand-attention.ts'
import { expandMl } from './expand-ml.ts'
import { foldConstants } from './fold-constants.ts'
import type { Graph, Model, Node, ValueTypes } from './ir.ts'
import { pruneGraph } from './prune-graph.ts'

/**
 * The same model without Identity and Dropout, with Constant nodes as initializers, with everything
 * computed that does not depend on the input, Attention and scikit-learn's operators written out, and
 * without nodes that nothing uses. Values that stay keep their names, so `types` traced before still
 * describe them. With `types`, shapes count as constant and the result is for inputs of exactly those
 * sizes. Expects opset 18 or newer forms.
 */
export function canonicalise(model: Model, types?: ValueTypes): Model {
  const expanded = expandMl(model)
  const bypassed = bypassIdentities(expandAttention(expanded.graph))
  return { ...expanded, graph: pruneGraph(foldConstants(bypassed, types)) }
}

/** Readers of an identity read its input instead; one that makes a graph output stays an Identity. */
function bypassIdentities(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((output) => output.name))
  const used = new Set(graph.nodes.flatMap((node) => node.inputs))
  const sources = new Map<string, string>()
  const resolve = (name: string) => sources.get(name) ?? name
  const nodes: Node[] = []
  for (const original of graph.nodes) {
    const node = withInputs(original, resolve)
    if (!isIdentity(node, used, outputs)) {
      nodes.push(node)
      continue
    }
    const [x = ''] = node.inputs
    const [y = ''] = node.outputs
    if (outputs.has(y)) nodes.push(asIdentity(node, x, y))
    else sources.set(y, x)
  }
  return { ...graph, nodes }
}

function withInputs(node: Node, resolve: (name: string) => string): Node {
  if (node.inputs.every((name) => resolve(name) === name)) return node
  return { ...node, inputs: node.inputs.map(resolve) }
}

/** Operators that hand their first input on at inference. */
function isIdentity(node: Node, used: ReadonlySet<string>, outputs: ReadonlySet<string>): boolean {
  if (node.domain !== '') return false
  if (node.op === 'Identity') return true
  if (node.op !== 'Dropout') return false
  const mask = node.outputs[1] ?? ''
  // Without a mask nobody can tell; a third input turns training mode on, which PyTorch never
  // exports for inference and the runtime only follows when it is true.
  return !used.has(mask) && !outputs.has(mask) && (node.inputs[2] ?? '') === ''
}

function asIdentity(node: Node, input: string, output: string): Node {
  return { ...node, op: 'Identity', inputs: [input], outputs: [output], attributes: {} }
}
