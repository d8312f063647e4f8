/** @file Constant nodes. */

import { floatScalar, floatTensor, int64Scalar, int64Tensor } from './constants.ts'
import type { ConstantTensor, Node } from './ir.ts'

/** The value of a Constant node, whichever attribute holds it; undefined for strings. */
export function constantNodeValue(node: Node | undefined): ConstantTensor | undefined {
  if (node?.op !== 'Constant' || node.domain !== '') return undefined
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (name === 'value' && attribute.kind === 'tensor') return attribute.value
    if (name === 'value_float' && attribute.kind === 'float') return floatScalar(attribute.value)
    if (name === 'value_floats' && attribute.kind === 'floats') return floatTensor(attribute.value)
    if (name === 'value_int' && attribute.kind === 'int') return int64Scalar(attribute.value)
    if (name === 'value_ints' && attribute.kind === 'ints') return int64Tensor(attribute.value)
  }
  return undefined
}
