/** @file Methods that send relevance back: what they start from, and how much of it arrives. */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import type { Composite } from '../autodiff/relevance/composites.ts'
import { relevanceRules } from '../autodiff/relevance/relevance-rules.ts'
import { mergeBatchNormalization } from '../onnx/merge-batch-normalization.ts'
import type { OptionSpec, OptionValues } from '../options.ts'
import { rowSums } from '../tensor/arithmetic.ts'
import { nameMaps } from './define-graph-method.ts'
import type { Attribution, AttributionMethod, Target } from './method.ts'

export interface RelevancePlan {
  readonly composite: Composite
  /** The relevance of the explained value: its own score, or 1 (the weights of the target). */
  readonly start: 'one' | 'score'
  readonly mergeBatchNorm: boolean
  /** The map is a difference of two that both start alike: nothing is left to arrive. */
  readonly isDifference?: boolean
}

type RelevanceMethod<Spec extends OptionSpec> = Omit<
  AttributionMethod<Spec>,
  'attribute' | 'cost' | 'family' | 'needs' | 'recipe' | 'signed'
> & { plan(options: OptionValues<Spec>): RelevancePlan }

/**
 * One compiled graph, one map per input. `completenessGap` is sum(map) - the starting relevance:
 * below it in size is what biases and stabilisers kept.
 */
export function defineRelevanceMethod<const Spec extends OptionSpec>({
  plan,
  ...declared
}: RelevanceMethod<Spec>): AttributionMethod<Spec> & {
  recipe(options: OptionValues<Spec>): ExplanationRecipe
} {
  const recipe = (options: OptionValues<Spec>) => relevanceRecipe(declared.id, plan(options))
  return {
    ...declared,
    family: 'backpropagation',
    subfamily: 'relevance',
    needs: { gradient: true, baseline: false, layer: false, seed: false },
    signed: () => true,
    cost: () => ({ forwards: 1, gradients: 1.5, isRough: true }),
    recipe,
    async attribute({ model, inputs, target, options, signal, onProgress }) {
      signal.throwIfAborted()
      onProgress({ stage: 'relevance', fraction: 0 })
      const { scores, outputs: maps } = await model.explain(recipe(options), inputs, target)
      onProgress({ stage: 'relevance', fraction: 1 })
      const started = startingRelevance(plan(options), scores, target)
      const sums = rowSums(maps, scores.length)
      const gap = sums?.map((sum, row) => sum - (started[row] ?? 0)) ?? null
      return { maps, scores, completenessGap: gap, ...(gap && { promise: 'conservation' }) }
    },
  }
}

function relevanceRecipe(
  id: string,
  { composite, start, mergeBatchNorm }: RelevancePlan,
): ExplanationRecipe {
  const settings = { composite, batchNormIsLayer: mergeBatchNorm }
  return {
    key: `${id};${composite.key};${start};${mergeBatchNorm}`,
    rules: relevanceRules(settings),
    ...(mergeBatchNorm && { prepare: mergeBatchNormalization }),
    emit({ g, inputs, target, weights, gradients }) {
      const relevance = start === 'score' ? g.mul(target, weights) : weights
      const maps = gradients(inputs, relevanceRules(settings, target.name), relevance)
      return nameMaps(g, inputs, maps)
    },
  }
}

/** Per row. */
function startingRelevance(
  { start, isDifference }: RelevancePlan,
  scores: Attribution['scores'],
  { weights }: Target,
): readonly number[] {
  if (isDifference) return scores.map(() => 0)
  if (start === 'score') return scores
  return rowSums([weights], scores.length) ?? scores.map(() => 0)
}
