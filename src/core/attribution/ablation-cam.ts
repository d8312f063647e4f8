/** @file Ablation-CAM (Desai and Ramaswamy, 2020), in any number of spatial dimensions. */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineMethod } from './method.ts'
import { readActivations, weighActivations } from './weighted-activations.ts'

/**
 * w_k = (y - y without channel k) / y; map = relu(sum_k w_k A_k). The activations are given to the
 * graph, so that only what follows the layer is run for every channel.
 */
export const ablationCam = defineMethod({
  id: 'ablation-cam',
  label: 'Ablation-CAM',
  family: 'cam',
  summary:
    "A layer's activations, weighted by the share of the score that is lost without a channel.",
  strengths:
    'It needs no gradient, so a saturated score does not blind it: a channel counts by what the score loses without it. Its authors found it better at localising than Grad-CAM where gradients saturate (Desai and Ramaswamy 2020).',
  limits:
    'Channels are removed one at a time: evidence that two of them share goes unnoticed, as in every method that hides one thing after another (Shrikumar et al. 2017). The weights are shares of the score, and a score near zero or below makes them large or turns their sign. A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Desai and Ramaswamy 2020, Ablation-CAM: visual explanations for deep convolutional network via gradient-free localization',
    url: 'https://doi.org/10.1109/WACV45572.2020.9093360',
  },
  options: {},
  needs: { gradient: false, baseline: false, layer: true, seed: false },
  signed: () => false,
  // For every channel the part after the layer is run; before them the activations, at last the map.
  cost: (_options, _inputDims, { layer } = {}) =>
    layer
      ? { forwards: 2 + Math.ceil(layer.channels * layer.shareAfter), gradients: 0, isRough: true }
      : null,

  async attribute(context) {
    const { model, inputs, target, signal, onProgress } = context
    signal.throwIfAborted()
    onProgress({ stage: 'activations', fraction: 0 })
    const activations = await readActivations(context)
    const { layer, tensor, scores } = activations
    const [rows = 1, channels = 1] = tensor.dims
    const weights = new Array<number>(rows * channels).fill(0)
    for (let channel = 0; channel < channels; channel++) {
      signal.throwIfAborted()
      onProgress({
        stage: `channel ${channel + 1} of ${channels}`,
        fraction: (channel + 1) / (channels + 2),
      })
      const control = withoutChannel(tensor, channel)
      const { scores: without } = await model.explain(givenLayer(layer), inputs, target, control)
      for (let row = 0; row < rows; row++) {
        // A model that reduces the batch to one score has one drop for all rows.
        const score = scores[row] ?? scores[0] ?? 0
        weights[row * channels + channel] = share(score, without[row] ?? without[0] ?? 0)
      }
    }
    signal.throwIfAborted()
    const attribution = await weighActivations(context, activations, weights)
    onProgress({ stage: 'done', fraction: 1 })
    return attribution
  },
})

function share(score: number, without: number): number {
  const drop = score - without
  if (drop === 0) return 0
  if (score !== 0) return drop / score
  throw new Failure(
    'bad-request',
    'the explained score is exactly 0, and ablation-cam divides by it: choose another target',
  )
}

/** The graph with the layer's value as the control. */
function givenLayer(layer: string): ExplanationRecipe {
  return {
    key: `given layer=${layer}`,
    rules: 'standard',
    control: {
      dims: (value) => value(layer).dims,
      replaced: [layer],
      replace: (_g, _value, control) => control,
    },
    emit: () => [],
  }
}

function withoutChannel({ dims, data }: Tensor, channel: number): Tensor {
  const [rows = 1, channels = 1] = dims
  const size = data.length / (rows * channels)
  const copy = data.slice()
  for (let row = 0; row < rows; row++) {
    const from = (row * channels + channel) * size
    copy.fill(0, from, from + size)
  }
  return { dims, data: copy }
}
