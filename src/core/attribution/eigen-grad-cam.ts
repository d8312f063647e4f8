/** @file Eigen-Grad-CAM: the first principal component of gradient times activation. */

import { defineCamMethod, emitSlope } from './define-cam-method.ts'
import { emitFirstComponent } from './first-component.ts'

/** First principal component over space of the channels of dy/dA * A; its sign correlates with sum_k A_k. */
export const eigenGradCam = defineCamMethod({
  id: 'eigen-grad-cam',
  label: 'Eigen-Grad-CAM',
  summary:
    'The main pattern of gradient times activation in a layer: Eigen-CAM that heeds the target.',
  strengths:
    'It heeds the target, as the principal component is taken of gradient times activation; by its author it looks like Grad-CAM, but cleaner (Gildenblat et al. 2021).',
  limits:
    'The sign of a principal component is undetermined (Bro et al. 2008): here it follows the activations by convention, so a map of evidence against the target can look like one for it. It is as coarse as the layer.',
  citation: {
    text: 'Muhammad and Yeasin 2020, Eigen-CAM: class activation map using principal components; with gradients as in Gildenblat et al. 2021, PyTorch library for CAM methods',
    url: 'https://github.com/jacobgil/pytorch-grad-cam',
  },

  emitCam(context, activations) {
    const products = context.g.mul(emitSlope(context, activations), activations)
    return emitFirstComponent(context.g, products, activations)
  },
})
