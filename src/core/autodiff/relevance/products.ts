/** @file Which factor of a product of two computed values carries the signal. */

import type { Node } from '../../onnx/ir.ts'
import type { GraphView } from './graph-view.ts'
import { PASSING } from './operator-kinds.ts'

export type Signal = 'both' | 'first' | 'second'

/** Bounded functions that make gates. */
const SQUASHING: ReadonlySet<string> = new Set([
  'Clip',
  'HardSigmoid',
  'Sigmoid',
  'Softmax',
  'Softsign',
  'Tanh',
])
/** What may stand between a gate's function and the product. */
const CARRYING: ReadonlySet<string> = new Set([
  'Add',
  'Cast',
  'Div',
  'Dropout',
  'Expand',
  'Flatten',
  'Identity',
  'Mul',
  'Reshape',
  'Slice',
  'Squeeze',
  'Sub',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Where',
])
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Add',
  'Div',
  'Max',
  'Min',
  'Mul',
  'Sub',
  'Where',
])
const STATISTICS: ReadonlySet<string> = new Set([
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceL1',
  'ReduceL2',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceSum',
  'ReduceSumSquare',
])
/** Longer ways are not searched. */
const DEPTH = 32

/**
 * x * f(x), x * statistic(x) and x * gate: x carries the signal, and the other factor is a weight
 * that it meets. Two factors of equal standing carry it both.
 */
export function signalOf(view: GraphView, first: string, second: string): Signal {
  if (first === second) return 'both'
  if (isFunctionOf(view, second, first)) return 'first'
  if (isFunctionOf(view, first, second)) return 'second'
  const gates = [isGate(view, first), isGate(view, second)]
  if (gates[1] && !gates[0]) return 'first'
  if (gates[0] && !gates[1]) return 'second'
  return 'both'
}

/** Whether a value is computed from nothing but another, element by element or as its statistic. */
export function isFunctionOf(view: GraphView, name: string, source: string): boolean {
  const seen = new Set<string>()
  const follow = (current: string, depth: number): boolean => {
    if (current === source || current === '' || seen.has(current)) return true
    if (view.isConstant(current)) return true
    seen.add(current)
    const node = view.producer(current)
    if (!node || depth > DEPTH || !isSimple(node)) return false
    return node.inputs.every((input) => follow(input, depth + 1))
  }
  return !view.isConstant(name) && follow(name, 0)
}

/** Whether a value is a softmax, scaled, masked or rearranged: the weights of an attention. */
export function isAttention(view: GraphView, name: string): boolean {
  return comesFrom(view, name, (node) => node.op === 'Softmax')
}

function isGate(view: GraphView, name: string): boolean {
  return comesFrom(view, name, (node) => SQUASHING.has(node.op))
}

function comesFrom(view: GraphView, name: string, isSource: (node: Node) => boolean): boolean {
  const node = view.producer(name)
  if (node?.domain !== '' || view.isConstant(name)) return false
  if (isSource(node)) return true
  if (!CARRYING.has(node.op)) return false
  const varying = node.inputs.filter((input) => input !== '' && !view.isConstant(input))
  const [only, ...others] = varying
  return only !== undefined && others.length === 0 && comesFrom(view, only, isSource)
}

function isSimple({ domain, op }: Node): boolean {
  if (domain !== '') return false
  const isMixing = op.endsWith('Normalization') || op === 'Softmax' || op === 'LogSoftmax'
  const isCarried = CARRYING.has(op) || ELEMENTWISE.has(op) || STATISTICS.has(op)
  return isCarried || (PASSING.has(op) && !isMixing)
}
