/** @file Poolings with ceil_mode, with the padding that it stands for written out. */

import type { Graph, Node, Value } from '../../onnx/ir.ts'
import { range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import { poolGeometry, windowReach } from './pool-geometry.ts'

/**
 * The same numbers. The runtime infers other sizes for ceil_mode than its kernels give, so with it a graph
 * cannot say its sizes (see `declareInputs`). Left as they are: AveragePool that counts its padding, since it
 * does not count what ceil_mode adds, and padding as wide as the kernel, which the runtime refuses.
 */
export function withExplicitPools(graph: Graph, find: (name: string) => Value | undefined): Graph {
  if (!graph.nodes.some(hasCeilMode)) return graph
  return { ...graph, nodes: graph.nodes.map((node) => explicit(node, find) ?? node) }
}

function hasCeilMode({ op, attributes: { ceil_mode: ceil } }: Node): boolean {
  return op.endsWith('Pool') && ceil?.kind === 'int' && ceil.value !== 0
}

function explicit(node: Node, find: (name: string) => Value | undefined): Node | undefined {
  const x = find(node.inputs[0] ?? '')
  const y = find(node.outputs[0] ?? '')
  if (!hasCeilMode(node) || !x || !y) return undefined
  const attributes = readAttributes(node)
  const isPlain = attributes.string('auto_pad', 'NOTSET') === 'NOTSET'
  const countsPadding = node.op === 'AveragePool' && attributes.int('count_include_pad', 0) !== 0
  if (!isPlain || countsPadding) return undefined
  const { kernel, strides, dilations, padsBegin, padsEnd } = poolGeometry(node, x, y)
  const ends = range(0, kernel.length).map((axis) => {
    const reach = windowReach(
      sizeAt(y.dims, axis + 2),
      sizeAt(kernel, axis),
      sizeAt(strides, axis),
      sizeAt(dilations, axis),
    )
    const missing = reach - sizeAt(padsBegin, axis) - sizeAt(x.dims, axis + 2)
    return Math.max(sizeAt(padsEnd, axis), missing)
  })
  if (ends.some((end, axis) => end >= sizeAt(kernel, axis))) return undefined
  const { ceil_mode: _, ...others } = node.attributes
  return {
    ...node,
    attributes: { ...others, pads: { kind: 'ints', value: [...padsBegin, ...ends] } },
  }
}
