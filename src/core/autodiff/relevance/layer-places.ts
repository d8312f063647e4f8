/** @file Where every linear layer stands: first after an input, last before the explained value. */

import type { Node } from '../../onnx/ir.ts'
import type { LayerPlace } from './composites.ts'
import type { GraphView } from './graph-view.ts'
import { readLinearNode } from './linear-node.ts'

/**
 * The place of a linear layer, undefined for other nodes. A layer is first where no path from any
 * input of the model to it crosses another linear layer, so a network with several inputs or with
 * parallel branches at its input has several first layers; last is the same seen from the target.
 */
export function findPlaces(view: GraphView): (node: Node) => LayerPlace | undefined {
  const { nodes } = view.model.graph
  const layers = new Map(
    nodes.flatMap((node) => {
      const linear = readLinearNode(view, node)
      return linear ? [[node, linear] as const] : []
    }),
  )
  const afterLinear = new Set<string>()
  const afterConv = new Set<string>()
  const above = (node: Node, set: ReadonlySet<string>) => node.inputs.some((name) => set.has(name))
  const firsts = new Map<Node, { readonly isFirst: boolean; readonly isFirstConv: boolean }>()
  for (const node of nodes) {
    const linear = layers.get(node)
    const isFirst = !above(node, afterLinear)
    const isFirstConv = linear?.family === 'conv' && !above(node, afterConv)
    firsts.set(node, { isFirst, isFirstConv })
    for (const name of node.outputs) {
      if (linear || !isFirst) afterLinear.add(name)
      if (linear?.family === 'conv' || above(node, afterConv)) afterConv.add(name)
    }
  }
  const beforeLinear = new Set<string>()
  const notLast = new Set<Node>()
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => view.leadsToTarget(name))) continue
    const isBefore = node.outputs.some((name) => beforeLinear.has(name))
    if (isBefore) notLast.add(node)
    if (layers.has(node) || isBefore) for (const name of node.inputs) beforeLinear.add(name)
  }
  return (node) => {
    const linear = layers.get(node)
    const first = firsts.get(node)
    return linear && first && { family: linear.family, ...first, isLast: !notLast.has(node) }
  }
}
