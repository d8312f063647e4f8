/** @file Which nodes are linear layers: a product with constant weights, and the bias added to it. */

import type { Node } from '../../onnx/ir.ts'
import type { GraphView } from './graph-view.ts'
import { RESHAPING } from './operator-kinds.ts'

export interface LinearNode {
  readonly node: Node
  readonly family: 'conv' | 'dense'
  /** Which input is the layer's x, which its weights. */
  readonly data: number
  readonly weights: number
  /** A constant that a later Add puts on top of a layer without a bias of its own. */
  readonly lateBias?: LateBias
}

export interface LateBias {
  readonly add: Node
  /** Name of the constant. */
  readonly bias: string
  /** What moves the elements between the layer and the Add, in order. */
  readonly moves: readonly Move[]
}

export interface Move {
  readonly node: Node
  /** Which input the elements come in by. */
  readonly input: number
}

/** The layer that a node is; undefined for every other node, and where both factors vary. */
export function readLinearNode(view: GraphView, node: Node): LinearNode | undefined {
  if (node.domain !== '') return undefined
  const family = FAMILIES.get(node.op)
  if (!family || (node.op === 'Einsum' && node.inputs.length !== 2)) return undefined
  const [first = '', second = ''] = node.inputs
  const isRight = view.isConstant(second) && !view.isConstant(first)
  const isLeft = view.isConstant(first) && !view.isConstant(second) && family === 'dense'
  if (!isRight && !isLeft) return undefined
  const layer: LinearNode = {
    node,
    family,
    data: isRight ? 0 : 1,
    weights: isRight ? 1 : 0,
  }
  const lateBias = (node.inputs[2] ?? '') === '' ? findLateBias(view, node) : undefined
  return { ...layer, ...(lateBias && { lateBias }) }
}

const FAMILIES: ReadonlyMap<string, LinearNode['family']> = new Map([
  ['Conv', 'conv'],
  ['ConvTranspose', 'conv'],
  ['Einsum', 'dense'],
  ['Gemm', 'dense'],
  ['MatMul', 'dense'],
])

/** Follows lone readers that only move elements (or join them to others), up to an Add with a constant. */
function findLateBias(view: GraphView, layer: Node): LateBias | undefined {
  const moves: Move[] = []
  let [value = ''] = layer.outputs
  for (;;) {
    const [reader, other] = view.readers(value)
    const isLone = reader !== undefined && other === undefined && value !== view.target
    if (!isLone || view.model.graph.outputs.some(({ name }) => name === value)) return undefined
    if (reader.op === 'Add' && reader.domain === '') {
      const bias = reader.inputs.find((name) => name !== value) ?? ''
      return view.isConstant(bias) && bias !== '' ? { add: reader, bias, moves } : undefined
    }
    const input = reader.inputs.indexOf(value)
    const isMove = reader.op === 'Concat' || (RESHAPING.has(reader.op) && input === 0)
    if (!isMove || reader.domain !== '') return undefined
    moves.push({ node: reader, input })
    value = reader.outputs[0] ?? ''
  }
}
