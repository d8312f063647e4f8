/** @file What the CAMs without gradients share: the activations first, at the end their weighted sum. */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import { freeName } from '../onnx/free-name.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { emitCamMaps } from './cam-upsampling.ts'
import { findActivations } from './define-cam-method.ts'
import type { Attribution, AttributionContext } from './method.ts'

type Question = Pick<AttributionContext<never>, 'inputs' | 'layer' | 'model' | 'target'>

export interface Activations {
  readonly layer: string
  /** (N, C, spatial). */
  readonly tensor: Tensor
  /** Explained score per batch row. */
  readonly scores: readonly number[]
}

export async function readActivations({
  model,
  inputs,
  target,
  layer,
}: Question): Promise<Activations> {
  const name = layer ?? (await model.defaultLayer(inputs, target))
  const recipe: ExplanationRecipe = {
    key: `activations layer=${name}`,
    rules: 'standard',
    emit: (context) => [findActivations(context, name)],
  }
  const { scores, outputs } = await model.explain(recipe, inputs, target)
  const [tensor] = outputs
  if (!tensor) throw new Failure('internal', `the run gave no activations of '${name}'`)
  if (tensor.dims.length > 2) return { layer: name, tensor, scores }
  throw new Failure(
    'bad-request',
    `layer '${name}' has no spatial axes: choose one before the pooling`,
  )
}

/** relu(sum_k w_k A_k), enlarged linearly to every input; `weights` are (N, C), rows joined. */
export async function weighActivations(
  { model, inputs, target }: Question,
  { layer, tensor, scores }: Activations,
  weights: readonly number[],
): Promise<Attribution> {
  const recipe: ExplanationRecipe = {
    key: `weighted layer=${layer}`,
    rules: 'standard',
    control: {
      dims: (value) => value(layer).dims.map((size, axis) => (axis < 2 ? size : 1)),
      replaced: [],
      replace: (_g, value) => value,
    },
    emit(context) {
      const { g, control } = context
      const activations = findActivations(context, layer)
      if (!control) throw new Failure('internal', 'the weights of the channels are missing')
      const map = g.relu(g.reduceSum(g.mul(control, activations), [1]))
      return [...emitCamMaps(context, map, 'linear'), g.rename(map, freeName(g, 'cam'))]
    },
  }
  const dims = tensor.dims.map((size, axis) => (axis < 2 ? size : 1))
  const control = { dims, data: Float32Array.from(weights) }
  const { outputs } = await model.explain(recipe, inputs, target, control)
  const grid = tensor.dims.slice(2)
  return {
    maps: outputs.slice(0, inputs.length),
    scores,
    completenessGap: null,
    layer: { name: layer, grid },
  }
}
