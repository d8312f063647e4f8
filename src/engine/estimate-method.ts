import { gradientRecipe } from '../core/attribution/gradient.ts'
import { findMethod } from '../core/attribution/methods.ts'
import { defaultOptions } from '../core/parse-options.ts'
import type { Tensors } from '../core/tensor/tensor.ts'
import type { OpenModel } from './open-model.ts'

export interface MethodEstimate {
  readonly peakBytes: number
  /** Infinity where the provider does not tell (a GPU). */
  readonly limitBytes: number
}

/** Memory of the largest single run that the method makes, at its default options. */
export async function estimateMethod(
  model: OpenModel,
  question: { readonly methodId: string; readonly inputs: Tensors; readonly target: string },
): Promise<MethodEstimate> {
  const { inputs } = question
  const method = findMethod(question.methodId)
  const limitBytes = model.runtime.limits().totalBytes
  if (!method.needs.gradient) {
    return { peakBytes: (await model.estimate(inputs)).peakBytes, limitBytes }
  }
  const target = await model.resolveTarget(inputs, { spec: question.target })
  const layer = method.needs.layer ? await model.defaultLayer(inputs, target) : undefined
  const recipe = method.recipe?.(defaultOptions(method.options), layer) ?? gradientRecipe
  return { peakBytes: (await model.estimate(inputs, { recipe, target })).peakBytes, limitBytes }
}
