/** @file DeepLIFT-SHAP (Lundberg and Lee, 2017): DeepLIFT averaged over a distribution of baselines. */

import { Failure } from '../failure.ts'
import { addScaledInto, divide, formatDims, sameDims } from '../tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'
import { deepliftGap, runDeepLift } from './deeplift.ts'
import { defineMethod } from './method.ts'

/**
 * Mean over the rows of the baseline's distribution, each against every row of the input; without a
 * distribution the input's own baseline. Accumulated in float64. Gap: sum(map) - (y(x) - mean y(x')).
 */
export const deepliftShap = defineMethod({
  id: 'deeplift-shap',
  label: 'DeepLIFT-SHAP',
  family: 'backpropagation',
  subfamily: 'relevance',
  summary: 'DeepLIFT averaged over many baselines: each row of the baseline file is one.',
  strengths:
    'An average over real images stands for "a typical case" better than any single one does (Sturmfels et al. 2020), and approximates Shapley values at the price of one backward pass per baseline (Lundberg and Lee 2017).',
  limits:
    'It approximates Shapley values only as far as inputs are independent and the network is close to linear between them (Lundberg and Lee 2017); where inputs depend on each other, as neighbouring voxels do, such values can be far off (Aas et al. 2021). The map is as sensible as the choice of baselines, and its cost grows with their number.',
  citation: {
    text: 'Lundberg and Lee 2017, A unified approach to interpreting model predictions',
    url: 'https://arxiv.org/abs/1705.07874',
  },
  options: {},
  needs: { gradient: true, baseline: true, baselineRows: true, layer: false, seed: false },
  signed: () => true,
  // As DeepLIFT, for every row of the distribution.
  cost: (_options, _inputDims, { baselineRows = 1 } = {}) => ({
    forwards: baselineRows,
    gradients: baselineRows,
    isRough: true,
  }),
  async attribute(context) {
    const { inputs, baseline, baselineRows, signal, onProgress } = context
    const count = baselineRows?.[0]?.dims[0] ?? 1
    const sums = inputs.map(({ data }) => new Float64Array(data.length))
    let scores: readonly number[] = []
    let baselineScores: readonly number[] = []
    for (let row = 0; row < count; row++) {
      signal.throwIfAborted()
      onProgress({ stage: `baseline ${row + 1} of ${count}`, fraction: row / count })
      const against = baselineRows ? spreadRow(inputs, baselineRows, row, count) : baseline
      const result = await runDeepLift(context, against)
      for (const [i, map] of result.maps.entries()) {
        const sum = sums[i]
        if (sum) addScaledInto(sum, map, 1 / count)
      }
      scores = result.scores
      baselineScores = result.baselineScores.map(
        (score, i) => (baselineScores[i] ?? 0) + score / count,
      )
    }
    onProgress({ stage: 'done', fraction: 1 })
    const maps = sums.map((sum, i) => ({ dims: inputs[i]?.dims ?? [], data: divide(sum, 1) }))
    return { maps, scores, completenessGap: deepliftGap({ maps, scores, baselineScores }) }
  },
})

/** One row of the distribution as the baseline of every row of the input. */
function spreadRow(inputs: Tensors, distribution: Tensors, row: number, count: number): Tensors {
  return inputs.map(({ dims, data }, i): Tensor => {
    const from = distribution[i]
    if (!from || !sameDims(from.dims, dims.with(0, count))) {
      throw new Failure(
        'shape-mismatch',
        `the rows of the baseline must have the shape of the input's (${formatDims(dims)}), in the same number for every input`,
      )
    }
    const stride = from.data.length / count
    const one = from.data.subarray(row * stride, (row + 1) * stride)
    const spread = new Float32Array(data.length)
    for (let at = 0; at < data.length; at += stride) spread.set(one, at)
    return { dims, data: spread }
  })
}
