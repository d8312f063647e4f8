/** @file Chosen cases of every gradient rule as compiled graphs: the same ones every time. */

import { createFeeds, gradientRecipeOf } from './check-gradient.ts'
import { type CompiledGraph, compileForGpu } from './compiled-graph.ts'
import { chosenCases } from './rule-cases/chosen-cases.ts'
import { ruleCases } from './rule-cases/rule-cases.ts'
import { tinyModel } from './tiny-models.ts'

export async function compileRules(): Promise<readonly CompiledGraph[]> {
  const recipe = gradientRecipeOf(undefined, 'standard')
  const compiled: CompiledGraph[] = []
  for (const [op, rule] of Object.entries(ruleCases)) {
    for (const { model: tiny, check = {}, features } of chosenCases(rule)) {
      const model = tinyModel(tiny)
      const name = `${op} (${features.join(', ')})`
      compiled.push(await compileForGpu(name, model, recipe, createFeeds(model, check)))
    }
  }
  return compiled
}
