/** @file The forward pass reads what the backward pass computes from it anyway (native runtime). */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Graph, Node } from '../../onnx/ir.ts'
import { sameDims } from '../../onnx/shape-arithmetic.ts'
import { sortNodes } from '../../onnx/sort-nodes.ts'
import { isWholeResize } from './blocked-layout.ts'
import type { ProviderTraits } from './provider-traits.ts'

/**
 * The same numbers with fewer copies: a product with one number per channel takes the numbers that are
 * spread already, so that it stays in blocks, and a HardSwish, which the runtime has no kernel for,
 * multiplies by the ramp of its slope. `graph` comes from `g`.
 */
export function readShared(g: GraphBuilder, traits: ProviderTraits, graph: Graph): Graph {
  if (!traits.blockedLayout) return graph
  const spreads = new Map<string, string>()
  const ramps = new Map<string, string>()
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs
    const [y = ''] = node.outputs
    if (isWholeResize(node, (name) => graph.initializers.get(name))) {
      spreads.set(spreadKey(x, g.find(y)?.dims ?? []), y)
    }
    if (isHalfRamp(node)) ramps.set(x, y)
  }
  if (spreads.size === 0 && ramps.size === 0) return graph
  const nodes = graph.nodes.map((node) => {
    if (node.domain !== '') return node
    if (node.op === 'Mul') return withSpreadFactor(g, node, spreads)
    const ramp = node.op === 'HardSwish' ? ramps.get(node.inputs[0] ?? '') : undefined
    return ramp ? { ...node, op: 'Mul', inputs: [...node.inputs, ramp] } : node
  })
  return { ...graph, nodes: sortNodes(nodes) }
}

function spreadKey(name: string, dims: readonly number[]): string {
  return `${name} ${dims.join()}`
}

/** clip(x / 6 + 1/2, 0, 1), in float32. */
function isHalfRamp({ op, attributes: { alpha, beta } }: Node): boolean {
  return (
    op === 'HardSigmoid' &&
    alpha?.kind === 'float' &&
    Math.fround(alpha.value) === Math.fround(1 / 6) &&
    beta?.kind === 'float' &&
    beta.value === 0.5
  )
}

function withSpreadFactor(g: GraphBuilder, node: Node, spreads: ReadonlyMap<string, string>): Node {
  const dims = g.find(node.outputs[0] ?? '')?.dims ?? []
  const isWhole = (name: string) => sameDims(g.find(name)?.dims ?? [], dims)
  if (!node.inputs.some(isWhole)) return node
  const inputs = node.inputs.map((name) =>
    isWhole(name) ? name : (spreads.get(spreadKey(name, dims)) ?? name),
  )
  return { ...node, inputs }
}
