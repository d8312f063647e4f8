/** @file Operators whose attributes became inputs between opsets 9 and 18. */

import { int64Scalar, int64Tensor } from '../constants.ts'
import type { Node } from '../ir.ts'
import {
  firstInput,
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Upgrade,
  type UpgradeContext,
  withoutAttributes,
} from './upgrade.ts'

/** An int list attribute becomes the second input; left out, the input is left out as well. */
function listToInput(op: string, before: number, attribute: string): Upgrade {
  return {
    op,
    before,
    rewrite: (node, context) => {
      const list = intsAttribute(node, attribute)
      if (list === undefined) return [node]
      const input = context.constant(`${node.name}/${attribute}`, int64Tensor(list))
      return [
        {
          ...node,
          inputs: [firstInput(node), input],
          attributes: withoutAttributes(node, attribute),
        },
      ]
    },
  }
}

/** Minimum and maximum are inputs since opset 11; the old defaults are float32's own limits. */
export const clip: Upgrade = {
  op: 'Clip',
  before: 11,
  rewrite: (node, context) => {
    const x = firstInput(node)
    const bounds = (['min', 'max'] as const).map((side) => {
      const value = floatAttribute(node, side)
      if (value === undefined) return { name: '', nodes: [] }
      return context.floatLike(`${node.name}/${side}`, value, x)
    })
    const inputs = [x, ...bounds.map((bound) => bound.name)]
    while (inputs.at(-1) === '') inputs.pop()
    const attributes = withoutAttributes(node, 'min', 'max')
    return [...bounds.flatMap((bound) => bound.nodes), { ...node, inputs, attributes }]
  },
}

/** The ratio, an input since opset 12, means nothing at inference; training_mode defaults to false. */
export const dropout: Upgrade = {
  op: 'Dropout',
  before: 12,
  rewrite: (node, context) => {
    const [y = '', mask = ''] = node.outputs
    const outputs = context.isUsed(mask) ? [y, mask] : [y]
    return [{ ...node, outputs, attributes: withoutAttributes(node, 'ratio') }]
  },
}

/** Pads and value are inputs since opset 11; the axes of opset 18 default to all. */
export const pad: Upgrade = {
  op: 'Pad',
  before: 11,
  rewrite: (node, context) => {
    const x = firstInput(node)
    const pads = intsAttribute(node, 'pads') ?? []
    const padsInput = context.constant(`${node.name}/pads`, int64Tensor(pads))
    const value = floatAttribute(node, 'value') ?? 0
    const fill = value === 0 ? null : context.floatLike(`${node.name}/value`, value, x)
    return [
      ...(fill?.nodes ?? []),
      {
        ...node,
        inputs: [x, padsInput, ...(fill === null ? [] : [fill.name])],
        attributes: withoutAttributes(node, 'pads', 'value'),
      },
    ]
  },
}

export const reductions: readonly Upgrade[] = [
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceProd',
  'ReduceSumSquare',
].map((op) => listToInput(op, 18, 'axes'))

export const reduceSum = listToInput('ReduceSum', 13, 'axes')

/** Starts, ends and axes are inputs since opset 10. */
export const slice: Upgrade = {
  op: 'Slice',
  before: 10,
  rewrite: (node, context) => {
    const names = ['starts', 'ends', 'axes'].flatMap((name) => {
      const list = intsAttribute(node, name)
      return list === undefined ? [] : [context.constant(`${node.name}/${name}`, int64Tensor(list))]
    })
    return [
      {
        ...node,
        inputs: [firstInput(node), ...names],
        attributes: withoutAttributes(node, 'starts', 'ends', 'axes'),
      },
    ]
  },
}

/** Sizes are an input since opset 13; since 18 equal parts are asked for by their number. */
export const split: Upgrade = {
  op: 'Split',
  before: 18,
  rewrite: (node, context) => {
    const sizes = intsAttribute(node, 'split')
    const attributes = withoutAttributes(node, 'split')
    if (sizes !== undefined) {
      const input = context.constant(`${node.name}/split`, int64Tensor(sizes))
      return [{ ...node, inputs: [firstInput(node), input], attributes }]
    }
    if ((node.inputs[1] ?? '') !== '') return [node]
    const count = { kind: 'int', value: node.outputs.length } as const
    return [
      { ...node, inputs: [firstInput(node)], attributes: { ...attributes, num_outputs: count } },
    ]
  },
}

export const squeeze = listToInput('Squeeze', 13, 'axes')

/** k is an input since opset 10; largest and sorted (11) default to what it always did. */
export const topK: Upgrade = {
  op: 'TopK',
  before: 10,
  rewrite: (node, context) => [
    {
      ...node,
      inputs: [firstInput(node), kInput(node, context)],
      attributes: withoutAttributes(node, 'k'),
    },
  ],
}

function kInput(node: Node, context: UpgradeContext): string {
  const k = int64Scalar(intAttribute(node, 'k', 1))
  return context.constant(`${node.name}/k`, { ...k, dims: [1] })
}

export const unsqueeze = listToInput('Unsqueeze', 13, 'axes')
