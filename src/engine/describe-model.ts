/** @file What can be chosen for a model on real inputs: layers with their shapes, and what will not work. */

import type { AnyMethod, Target } from '../core/attribution/method.ts'
import { attributionMethods } from '../core/attribution/methods.ts'
import type { ModelDescription } from '../core/attribution/model-description.ts'
import { Failure } from '../core/failure.ts'
import { defaultOptions } from '../core/parse-options.ts'
import type { Tensors } from '../core/tensor/tensor.ts'
import type { OpenModel } from './open-model.ts'

/**
 * Methods that ask something of the network's shape (attention, a certain head, a layer with space)
 * are compiled on trial; the model is not run again.
 */
export async function describeModel(
  model: OpenModel,
  { inputs, target: spec }: { readonly inputs: Tensors; readonly target: string },
): Promise<ModelDescription> {
  const target = await model.resolveTarget(inputs, { spec })
  const layers = await model.layers(inputs, spec)
  const layer = layers.find((candidate) => candidate.default)?.name
  const obstacles: [string, string][] = []
  for (const method of attributionMethods) {
    const reason = await findObstacle(model, method, inputs, target, layer)
    if (reason !== null) obstacles.push([method.id, reason])
  }
  const names = layers.map(({ name }) => name)
  const sharesAfter = await model.sharesAfter(inputs, spec, names)
  return { layers, sharesAfter, obstacles: Object.fromEntries(obstacles) }
}

const NO_LAYER =
  'The model has no convolution whose output keeps spatial axes before the target, so there is no layer to take a map from.'

async function findObstacle(
  model: OpenModel,
  method: AnyMethod,
  inputs: Tensors,
  target: Target,
  layer: string | undefined,
): Promise<string | null> {
  const { needs } = method
  if (needs.layer && layer === undefined) return NO_LAYER
  const asksForShape = needs.attention || (needs.layer && !needs.gradient)
  if (!asksForShape || !method.recipe) return null
  try {
    const recipe = method.recipe(defaultOptions(method.options), layer)
    await model.estimate(inputs, { recipe, target })
    return null
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}
