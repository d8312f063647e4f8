/** @file Layers whose output no relevance reaches where it is negative: half of some rules is idle there. */

import type { Node } from '../../onnx/ir.ts'
import type { GraphView } from './graph-view.ts'
import { readLinearNode } from './linear-node.ts'
import type { LinearRule } from './linear-rules.ts'

/** They hand values on, so an input of 0 gets nothing if their outputs of 0 get nothing. */
const CARRYING: ReadonlySet<string> = new Set([
  'Concat',
  'Dropout',
  'Flatten',
  'Identity',
  'MaxPool',
  'Relu',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
])
/** An input of 0 gets a share of 0. */
const SHARING: ReadonlySet<string> = new Set(['Add', 'AveragePool', 'GlobalAveragePool', 'Sum'])

/** Answers for a layer's output; `ruleOf` is the rule of a linear node. */
export function relevanceIsPositiveOnly(
  view: GraphView,
  ruleOf: (node: Node) => LinearRule | undefined,
): (name: string) => boolean {
  const known = new Map<string, boolean>()
  const readers = (name: string) =>
    view.readers(name).filter(({ outputs }) => outputs.some(view.leadsToTarget))
  const vanishesAtZero = (name: string): boolean => {
    const answered = known.get(name)
    if (answered !== undefined) return answered
    const answer = name !== view.target && readers(name).every((node) => givesZero(node, name))
    known.set(name, answer)
    return answer
  }
  const givesZero = (node: Node, name: string): boolean => {
    if (node.domain !== '') return false
    const linear = readLinearNode(view, node)
    if (linear) return node.inputs[linear.data] === name && ruleOf(node)?.keepsZero === true
    if (CARRYING.has(node.op)) return node.outputs.every(vanishesAtZero)
    return SHARING.has(node.op) && !node.inputs.some(view.isConstant)
  }
  return (name) => {
    const own = readers(name)
    if (view.target === undefined || name === view.target || own.length === 0) return false
    return own.every((node) => node.op === 'Relu' && node.outputs.every(vanishesAtZero))
  }
}
