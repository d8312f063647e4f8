/** @file Poolings with ceil_mode, with the padding that it stands for written out. */

import type { Graph, Node, Value } from '../../onnx/ir.ts'
import { sizeAt } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import { overhang, poolGeometry } from './pool-geometry.ts'

const POOLS: ReadonlySet<string> = new Set(['AveragePool', 'LpPool', 'MaxPool'])

/**
 * The same numbers. The runtime infers other sizes for ceil_mode than its kernels give, so with it a graph
 * cannot say its sizes (see `declareInputs`). Left as they are: AveragePool that counts its padding, since it
 * does not count what ceil_mode adds; padding as wide as the kernel, which the runtime refuses; auto_pad.
 */
export function withExplicitPools(graph: Graph, find: (name: string) => Value | undefined): Graph {
  if (!graph.nodes.some(hasCeilMode)) return graph
  return { ...graph, nodes: graph.nodes.map((node) => explicit(node, find) ?? node) }
}

export function hasCeilMode({ attributes: { ceil_mode: ceil } }: Node): boolean {
  return ceil?.kind === 'int' && ceil.value !== 0
}

function explicit(node: Node, find: (name: string) => Value | undefined): Node | undefined {
  const x = find(node.inputs[0] ?? '')
  const y = find(node.outputs[0] ?? '')
  if (!hasCeilMode(node) || !POOLS.has(node.op) || node.domain !== '' || !x || !y) return undefined
  const attributes = readAttributes(node)
  const isPlain = attributes.string('auto_pad', 'NOTSET') === 'NOTSET'
  const countsPadding = node.op === 'AveragePool' && attributes.int('count_include_pad', 0) !== 0
  if (!isPlain || countsPadding) return undefined
  const geometry = poolGeometry(node, x, y)
  const { kernel, padsBegin, padsEnd } = geometry
  const ends = padsEnd.map((end, axis) => Math.max(end, overhang(geometry, x, y, axis)))
  if (ends.some((end, axis) => end >= sizeAt(kernel, axis))) return undefined
  const { ceil_mode: _, ...others } = node.attributes
  return {
    ...node,
    attributes: { ...others, pads: { kind: 'ints', value: [...padsBegin, ...ends] } },
  }
}
