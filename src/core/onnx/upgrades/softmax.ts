/**
 * @file Softmax, LogSoftmax and Hardmax before opset 13: the input is seen as a matrix whose rows
 * are the dimensions before `axis` (1 by default) and normalised over all the rest together.
 */

import type { Node } from '../ir.ts'
import { firstInput, firstOutput, intAttribute, type Upgrade } from './upgrade.ts'

const OLD_DEFAULT_AXIS = 1

export const softmaxes: readonly Upgrade[] = ['Hardmax', 'LogSoftmax', 'Softmax'].map((op) => ({
  op,
  before: 13,
  rewrite: (node, context) => {
    const axis = intAttribute(node, 'axis', OLD_DEFAULT_AXIS)
    const rank = context.rank(firstInput(node))
    const isLast = axis === -1 || (rank !== undefined && axis === rank - 1)
    if (isLast) return [withAxis(node, -1)]
    const shape = context.fresh(`${node.name}/shape`)
    const matrix = context.fresh(`${node.name}/matrix`)
    const normalised = context.fresh(`${node.name}/normalised`)
    return [
      part(node, 'Shape', [firstInput(node)], shape),
      {
        ...part(node, 'Flatten', [firstInput(node)], matrix),
        attributes: { axis: { kind: 'int', value: axis } },
      },
      {
        ...withAxis(node, -1),
        name: `${node.name}/${op}`,
        inputs: [matrix],
        outputs: [normalised],
      },
      { ...part(node, 'Reshape', [normalised, shape], firstOutput(node)), name: node.name },
    ]
  },
}))

function withAxis(node: Node, axis: number): Node {
  return { ...node, attributes: { ...node.attributes, axis: { kind: 'int', value: axis } } }
}

function part(node: Node, op: string, inputs: readonly string[], output: string): Node {
  return { name: `${node.name}/${op}`, domain: '', op, inputs, outputs: [output], attributes: {} }
}
