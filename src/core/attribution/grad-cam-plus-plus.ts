/** @file Grad-CAM++ (Chattopadhay et al., 2018), in any number of spatial dimensions. */

import { defineCamMethod, emitSlope, spatialAxes } from './define-cam-method.ts'

/** a = g^2 / (2 g^2 + sum(A) g^3 + 1e-6), g = dy/dA, sum over space; w = sum over space of relu(g) a. */
export const gradCamPlusPlus = defineCamMethod({
  id: 'grad-cam-plus-plus',
  label: 'Grad-CAM++',
  summary:
    'Grad-CAM with weights from the positive gradients, so that several instances of a thing all show.',
  strengths:
    "It covers several instances of a class, and more of each, than Grad-CAM did in its authors' tests (Chattopadhay et al. 2018).",
  limits:
    'Its weights leave out every negative gradient and amount to Grad-CAM with the positive ones alone (Lerma and Lucas 2022), so evidence against the target is lost, and the second-order weights assume that the score is an exponential of the activations. It stays as coarse as the layer. A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Chattopadhay et al. 2018, Grad-CAM++: improved visual explanations for deep convolutional networks',
    url: 'https://arxiv.org/abs/1710.11063',
  },

  emitCam(context, activations) {
    const { g } = context
    const space = spatialAxes(activations)
    const slope = emitSlope(context, activations)
    const square = g.mul(slope, slope)
    const cubes = g.mul(g.reduceSum(activations, space), g.mul(square, slope))
    const below = g.add(g.add(g.scale(square, 2), cubes), g.scalarLike(slope, 1e-6))
    const weights = g.reduceSum(g.mul(g.relu(slope), g.div(square, below)), space)
    return g.reduceSum(g.mul(weights, activations), [1])
  },
})
