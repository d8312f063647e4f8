/** @file Methods that are one graph: a recipe says what to emit, one run of it is the whole work. */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { freeName } from '../onnx/free-name.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import type { OptionSpec, OptionValues } from '../options.ts'
import type { AttributionMethod } from './method.ts'

type GraphMethod<Spec extends OptionSpec> = Omit<
  AttributionMethod<Spec>,
  'attribute' | 'cost' | 'recipe'
> & { recipe(options: OptionValues<Spec>): ExplanationRecipe }

/** A method whose recipe gives one map per model input, in order. */
export function defineGraphMethod<const Spec extends OptionSpec>(
  method: GraphMethod<Spec>,
): AttributionMethod<Spec> & { recipe(options: OptionValues<Spec>): ExplanationRecipe } {
  return {
    ...method,
    cost: () => ({ forwards: 0, gradients: 1 }),
    async attribute({ model, inputs, target, options, signal, onProgress }) {
      signal.throwIfAborted()
      onProgress({ stage: 'gradient', fraction: 0 })
      const { scores, outputs } = await model.explain(method.recipe(options), inputs, target)
      onProgress({ stage: 'gradient', fraction: 1 })
      return { maps: outputs, scores, completenessGap: null }
    },
  }
}

/** Gives every map its name in the explanation: "map_" and the input's name. */
export function nameMaps(
  g: GraphBuilder,
  inputs: readonly Value[],
  maps: readonly Value[],
): readonly Value[] {
  return maps.map((map, i) => g.rename(map, freeName(g, `map_${inputs[i]?.name ?? i}`)))
}
