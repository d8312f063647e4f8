/** @file DeepLIFT with the rescale rule (Shrikumar et al., 2017). */

import { deepliftRules } from '../autodiff/deeplift/deeplift-rules.ts'
import { appendTwin, isBaseline, twinOf } from '../autodiff/deeplift/twin-graph.ts'
import { scorePerRow } from '../autodiff/gradient-graph.ts'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { freeName } from '../onnx/free-name.ts'
import { rowSums } from '../tensor/arithmetic.ts'
import type { Tensors } from '../tensor/tensor.ts'
import { nameMaps } from './define-graph-method.ts'
import { type AttributionContext, defineMethod } from './method.ts'

/**
 * (x - x') * multiplier for every input x with the baseline x', one more graph input; then the score of
 * every row at the baseline.
 */
const deepliftRecipe: ExplanationRecipe = {
  key: 'deeplift',
  rules: deepliftRules,
  prepare: appendTwin,
  emit: ({ g, inputs, target, weights, gradients }) => {
    const own = inputs.filter((input) => !isBaseline(input))
    const multipliers = gradients(own)
    const maps = own.map((x, i) => g.mul(g.sub(x, twinOf(g, x)), multipliers[i] ?? x))
    const scores = g.cast(scorePerRow(g, twinOf(g, target), weights), 'float32')
    return [...nameMaps(g, own, maps), g.rename(scores, freeName(g, 'baseline_scores'))]
  },
}

export interface DeepLift {
  readonly maps: Tensors
  readonly scores: readonly number[]
  /** Explained score per batch row at the baseline. */
  readonly baselineScores: readonly number[]
}

/** One run: the map of every input against a baseline of the same shape. */
export async function runDeepLift(
  { model, inputs, target }: Pick<AttributionContext<never>, 'inputs' | 'model' | 'target'>,
  baseline: Tensors,
): Promise<DeepLift> {
  const { scores, outputs } = await model.explain(
    deepliftRecipe,
    inputs,
    target,
    undefined,
    baseline,
  )
  const maps = outputs.slice(0, inputs.length)
  const baselineScores = Array.from(outputs[inputs.length]?.data ?? [])
  return { maps, scores, baselineScores }
}

/** sum(map) - (y(x) - y(x')) for every row; null where the maps do not split into the rows. */
export function deepliftGap({ maps, scores, baselineScores }: DeepLift): readonly number[] | null {
  const sums = rowSums(maps, scores.length)
  return sums?.map((sum, row) => sum - ((scores[row] ?? 0) - (baselineScores[row] ?? 0))) ?? null
}

export const deeplift = defineMethod({
  id: 'deeplift',
  label: 'DeepLIFT',
  family: 'backpropagation',
  subfamily: 'relevance',
  summary:
    'Passes the difference of score between input and baseline back through the network, in proportion to how much every unit changed.',
  strengths:
    'One backward pass adds up to the change of score and sees through saturated units, where the gradient vanishes (Shrikumar et al. 2017); on most networks it is close to integrated gradients at a fraction of the cost (Ancona et al. 2018).',
  limits:
    'It answers "compared with this baseline", and another baseline gives another map (Sturmfels et al. 2020). It depends on how the network is written, not only on the function that it computes: products and quotients within a layer may be split in another way (Sundararajan et al. 2017; Ancona et al. 2018).',
  citation: {
    text: 'Shrikumar, Greenside and Kundaje 2017, Learning important features through propagating activation differences',
    url: 'https://arxiv.org/abs/1704.02685',
  },
  options: {},
  needs: { gradient: true, baseline: true, layer: false, seed: false },
  signed: () => true,
  // A gradient is a forward and a backward pass; the baseline takes a forward pass of its own.
  cost: () => ({ forwards: 1, gradients: 1, isRough: true }),
  recipe: () => deepliftRecipe,
  async attribute(context) {
    const { baseline, signal, onProgress } = context
    signal.throwIfAborted()
    onProgress({ stage: 'multipliers', fraction: 0 })
    const result = await runDeepLift(context, baseline)
    onProgress({ stage: 'done', fraction: 1 })
    return { maps: result.maps, scores: result.scores, completenessGap: deepliftGap(result) }
  },
})
