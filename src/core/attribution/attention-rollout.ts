/** @file Attention rollout (Abnar and Zuidema, 2020). */

import { arrangeBlock } from '../autodiff/attention/attention-block.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { defineAttentionMethod } from './attention-method.ts'

/**
 * Product over the blocks of (A + I) with rows scaled to sum 1, A over the heads their mean, largest
 * or smallest. `residual` false leaves I out. The sum of a row s(A + I) needs no I:
 * s = row / (sum of A's row + 1), then s A + s.
 */
export const attentionRollout = defineAttentionMethod({
  id: 'attention-rollout',
  label: 'Attention rollout',
  summary: 'Where the attention of all blocks, followed back to the patches, comes from.',
  strengths:
    'It follows attention through all blocks and the skip connections, and agrees with ablation and gradients better than the raw attention of one block does (Abnar and Zuidema 2020).',
  limits:
    'It is the same for every class: it shows what the model mixes, not what speaks for the target, and leaves out values, MLPs and the sign of an effect. In text models attention often disagrees with gradients and can be changed without changing the prediction (Jain and Wallace 2019). Even a constant score gets a map.',
  citation: {
    text: 'Abnar and Zuidema 2020, Quantifying attention flow in transformers',
    url: 'https://arxiv.org/abs/2005.00928',
  },
  options: {
    head: {
      kind: 'choice',
      choices: ['mean', 'max', 'min'],
      default: 'mean',
      label: 'Heads',
      help: 'How the heads of a block become one matrix: their mean, largest or smallest value.',
    },
    residual: {
      kind: 'boolean',
      default: true,
      label: 'Skip connections',
      help: 'Add the identity to every block, for the connection that passes the attention by.',
    },
  },
  needsGradient: false,
  key: ({ head, residual }) => `head=${head} residual=${residual}`,
  emitMatrices: ({ g }, blocks, { head }) =>
    blocks.map((block) => reduceHeads(g, arrangeBlock(g, block, block.matrix), head)),
  emitPooled: ({ g }, matrix) => g.div(matrix, g.reduceSum(matrix, [2])),
  emitStep({ g }, row, matrix, { residual }) {
    const [rows = 1, tokens = 1] = matrix.dims
    const sums = g.reshape(g.reduceSum(matrix, [2]), [rows, 1, tokens])
    const scaled = g.div(row, residual ? g.add(sums, g.scalarLike(sums, 1)) : sums)
    const mixed = g.matmul(scaled, matrix)
    return residual ? g.add(mixed, scaled) : mixed
  },
})

function reduceHeads(g: GraphBuilder, heads: Value, how: 'max' | 'mean' | 'min'): Value {
  const [rows = 1, , ...tokens] = heads.dims
  const reduce = { max: g.reduceMax, mean: g.reduceMean, min: g.reduceMin }[how]

  return g.reshape(reduce(heads, [1]), [rows, ...tokens])
}
