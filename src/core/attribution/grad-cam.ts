/** @file Grad-CAM (Selvaraju et al., 2017), in any number of spatial dimensions. */

import type { EmitContext, ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import type { Value } from '../onnx/ir.ts'
import type { OptionSpec, OptionValues } from '../options.ts'
import { formatDims } from '../tensor/arithmetic.ts'
import { camOptions, emitCamMaps } from './cam-upsampling.ts'
import { freeName } from './define-graph-method.ts'
import { type AttributionMethod, defineMethod } from './method.ts'

const options = {
  relu: {
    kind: 'boolean',
    default: true,
    label: 'Positive part only',
    help: 'Keep only what speaks for the target (ReLU), as in the paper.',
  },
  ...camOptions,
} as const satisfies OptionSpec

/**
 * w_k = mean over space of dy/dA_k; map = relu(sum_k w_k A_k), A the activations of the layer. The
 * last output is the map on the layer's own grid (N, 1, spatial); before it one map per input. A
 * layer of features (N, C) has no space to enlarge to: with `none` it gives one number per row.
 */
function recipe(
  values: OptionValues<typeof options>,
  layer: string | undefined,
): ExplanationRecipe {
  if (layer === undefined) {
    throw new Failure('bad-request', 'grad-cam needs the name of a layer with spatial axes')
  }
  return {
    key: `grad-cam relu=${values.relu} upsample=${values.upsample} layer=${layer}`,
    rules: 'standard',
    emit(context) {
      const cam = emitCam(context, layer, values.relu)
      const maps = emitCamMaps(context, cam, values.upsample)
      return [...maps, context.g.rename(cam, freeName(context.g, 'cam'))]
    },
  }
}

function emitCam({ g, value, gradients }: EmitContext, layer: string, relu: boolean): Value {
  const activations = value(layer)
  const rank = activations.dims.length
  if (rank < 2) {
    throw new Failure(
      'bad-request',
      `layer '${layer}' has no channels (${formatDims(activations.dims)}): choose a value of shape batch x channels x space`,
    )
  }
  const [slope] = gradients([activations])
  if (!slope) throw new Failure('internal', `no gradient came back for layer '${layer}'`)
  const space = Array.from({ length: rank - 2 }, (_, axis) => axis + 2)
  const weights = g.reduceMean(slope, space)
  const cam = g.reduceSum(g.mul(weights, activations), [1])
  return relu ? g.relu(cam) : cam
}

export const gradCam: AttributionMethod<typeof options> = defineMethod({
  id: 'grad-cam',
  label: 'Grad-CAM',
  family: 'cam',
  summary: "A layer's activations, weighted by how much each channel matters for the target.",
  limits:
    'It is computed on the coarse grid of one layer and then enlarged: nothing smaller than a cell of that grid can be seen. On brain MRI it failed to localise known effects (Siegel et al. 2025).',
  citation: {
    text: 'Selvaraju et al. 2017, Grad-CAM: visual explanations from deep networks via gradient-based localization',
    url: 'https://arxiv.org/abs/1610.02391',
  },
  options,
  needs: { gradient: true, baseline: false, layer: true, seed: false },
  signed: ({ relu }) => !relu,
  cost: () => ({ forwards: 0, gradients: 1 }),
  recipe,

  async attribute({ model, inputs, target, options: values, layer, signal, onProgress }) {
    signal.throwIfAborted()
    onProgress({ stage: 'gradient', fraction: 0 })
    const name = layer ?? (await model.defaultLayer(inputs, target))
    const { scores, outputs } = await model.explain(recipe(values, name), inputs, target)
    const cam = outputs[inputs.length]
    if (!cam) throw new Failure('internal', 'the explanation lacks the map on the layer grid')
    onProgress({ stage: 'gradient', fraction: 1 })
    return {
      maps: outputs.slice(0, inputs.length),
      scores,
      completenessGap: null,
      layer: { name, grid: cam.dims.slice(2) },
    }
  },
})
