/** @file Values that are never negative, known without running the model. */

import { readFloats } from '../../onnx/constants.ts'
import type { Node } from '../../onnx/ir.ts'
import type { GraphView } from './graph-view.ts'

const ALWAYS: ReadonlySet<string> = new Set([
  'Abs',
  'Exp',
  'HardSigmoid',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'Relu',
  'Sigmoid',
  'Softmax',
  'Softplus',
  'Sqrt',
])
const IF_FIRST_IS: ReadonlySet<string> = new Set([
  'AveragePool',
  'Cast',
  'DepthToSpace',
  'Dropout',
  'Expand',
  'Flatten',
  'Gather',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'HardSwish',
  'Identity',
  'LeakyRelu',
  'MaxPool',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceSum',
  'Reshape',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
])
const IF_ALL_ARE: ReadonlySet<string> = new Set([
  'Add',
  'Concat',
  'Max',
  'Mean',
  'Min',
  'Mul',
  'Sum',
])

/** Answers whether a value is never negative; false where it is not known. */
export function nonNegativeValues(view: GraphView): (name: string) => boolean {
  const known = new Map<string, boolean>()
  const isNonNegative = (name: string): boolean => {
    const answered = known.get(name)
    if (answered !== undefined) return answered
    known.set(name, false)
    const constant = view.model.graph.initializers.get(name)
    const node = view.producer(name)
    const answer = constant
      ? constant.dtype === 'float32' && readFloats(constant).every((value) => value >= 0)
      : node !== undefined && node.domain === '' && ofNode(node)
    known.set(name, answer)
    return answer
  }
  const ofNode = (node: Node): boolean => {
    if (ALWAYS.has(node.op)) return true
    const [first = ''] = node.inputs
    if (IF_FIRST_IS.has(node.op)) return isNonNegative(first)
    if (IF_ALL_ARE.has(node.op)) return node.inputs.every(isNonNegative)
    if (node.op === 'Clip') return isNonNegative(first) || isNonNegative(node.inputs[1] || '?')
    if (node.op === 'Pad') {
      const mode = node.attributes.mode
      const copies = mode?.kind === 'string' && mode.value !== 'constant'
      const fill = node.inputs[2] ?? ''
      return isNonNegative(first) && (copies || fill === '' || isNonNegative(fill))
    }
    return false
  }
  return isNonNegative
}
