/** @file Grad-CAM (Selvaraju et al., 2017), in any number of spatial dimensions. */

import type { EmitContext } from '../autodiff/recipe.ts'
import type { Value } from '../onnx/ir.ts'
import { defineCamMethod, emitSlope, spatialAxes } from './define-cam-method.ts'

export const gradCam = defineCamMethod({
  id: 'grad-cam',
  label: 'Grad-CAM',
  summary: "A layer's activations, weighted by how much each channel matters for the target.",
  strengths:
    "It tells classes apart, works for any network with a convolutional layer at the cost of one gradient, and changes when the model's weights are randomised, as it should (Selvaraju et al. 2017; Adebayo et al. 2018).",
  limits:
    'It is computed on the coarse grid of one layer and then enlarged: nothing smaller than a cell of that grid can be seen. On brain MRI it failed to localise known effects (Siegel et al. 2025). A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Selvaraju et al. 2017, Grad-CAM: visual explanations from deep networks via gradient-based localization',
    url: 'https://arxiv.org/abs/1610.02391',
  },

  emitCam: emitGradCam,
})

/** w_k = mean over space of dy/dA_k; sum_k w_k A_k, A the activations of the layer. */
export function emitGradCam(context: EmitContext, activations: Value): Value {
  const { g } = context
  const weights = g.reduceMean(emitSlope(context, activations), spatialAxes(activations))
  return g.reduceSum(g.mul(weights, activations), [1])
}
