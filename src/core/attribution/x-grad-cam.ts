/** @file XGrad-CAM (Fu et al., 2020), in any number of spatial dimensions. */

import { defineCamMethod, emitSlope, spatialAxes } from './define-cam-method.ts'

/** w_k = sum(g A) / (sum(A) + 1e-7) over space, g = dy/dA; map = sum_k w_k A_k. */
export const xGradCam = defineCamMethod({
  id: 'x-grad-cam',
  label: 'XGrad-CAM',
  summary:
    'Grad-CAM with gradients averaged where the channel is active, so that the weights add up to the score of a ReLU network.',
  strengths:
    "Its weights are derived from two axioms, sensitivity and conservation, which they meet more closely than Grad-CAM's in its authors' measurements (Fu et al. 2020).",
  limits:
    'A channel whose activations sum to almost nothing gets an unstable weight, as it is divided by that sum. It is as coarse as the layer, and its axioms hold only approximately in real networks (Fu et al. 2020). A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Fu et al. 2020, Axiom-based Grad-CAM: towards accurate visualization and explanation of CNNs',
    url: 'https://arxiv.org/abs/2008.02312',
  },

  emitCam(context, activations) {
    const { g } = context
    const space = spatialAxes(activations)
    const products = g.reduceSum(g.mul(emitSlope(context, activations), activations), space)
    const total = g.reduceSum(activations, space)
    const weights = g.div(products, g.add(total, g.scalarLike(total, 1e-7)))
    return g.reduceSum(g.mul(weights, activations), [1])
  },
})
