/** @file Eigen-CAM (Muhammad and Yeasin, 2020), in any number of spatial dimensions. */

import { defineCamMethod } from './define-cam-method.ts'
import { emitFirstComponent } from './first-component.ts'

/** First principal component over space of the channels of A; its sign correlates with sum_k A_k. */
export const eigenCam = defineCamMethod({
  id: 'eigen-cam',
  label: 'Eigen-CAM',
  summary:
    "The main pattern of a layer's activations (their first principal component), without regard to any class.",
  strengths:
    "It needs neither gradient nor class, and depends little on the classifier being right: in its authors' tests it kept pointing at the object when the network misclassified or was attacked (Muhammad and Yeasin 2020).",
  limits:
    "It knows nothing of the target: every class gets the same map, and it stays the same when all weights after the layer are randomised, so it fails the sanity check of Adebayo et al. 2018 there. It shows what dominates the layer, which may be the head's outline or an artefact. Even a constant score gets a map.",
  citation: {
    text: 'Muhammad and Yeasin 2020, Eigen-CAM: class activation map using principal components',
    url: 'https://arxiv.org/abs/2008.00299',
  },
  needsGradient: false,

  emitCam(context, activations) {
    return emitFirstComponent(context.g, activations, activations)
  },
})
