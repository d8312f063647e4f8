/** @file Attention relevance (Chefer, Gur and Wolf, ICCV 2021), for self-attention. */

import { arrangeBlock } from '../autodiff/attention/attention-block.ts'
import { Failure } from '../failure.ts'
import { defineAttentionMethod } from './attention-method.ts'

/** R <- R + (mean over heads of relu(dy/dA * A)) R from R = I, block after block (equations 5 and 6). */
export const attentionRelevance = defineAttentionMethod({
  id: 'attention-relevance',
  label: 'Attention relevance',
  summary: 'Attention that raises the target, weighed by its gradient and followed to the patches.',
  strengths:
    'It is specific to the target, and in perturbation and segmentation tests on vision transformers it beat rollout, raw attention and Grad-CAM (Chefer et al. 2021).',
  limits:
    'It keeps only what speaks for the target, on the coarse grid of patches, and leaves out the values and MLPs between the blocks. It rests on attention, which need not be what a prediction depends on (Jain and Wallace 2019). Every token starts with itself, so even a constant score gets a map.',
  citation: {
    text: 'Chefer, Gur and Wolf 2021, Generic attention-model explainability for interpreting bi-modal and encoder-decoder transformers',
    url: 'https://arxiv.org/abs/2103.15679',
  },
  options: {},
  needsGradient: true,
  key: () => '',
  emitMatrices({ g, gradients }, blocks) {
    const slopes = gradients(blocks.map(({ matrix }) => matrix))
    return blocks.map((block, i) => {
      const slope = slopes[i]
      if (!slope) throw new Failure('internal', 'a block of attention has no gradient')
      const raised = g.relu(g.mul(slope, block.matrix))
      const heads = arrangeBlock(g, block, raised)
      return g.reduceMean(heads, [1], { keepDims: false })
    })
  },
  emitPooled: (_context, matrix) => matrix,
  emitStep: ({ g }, row, matrix) => g.add(row, g.matmul(row, matrix)),
})
