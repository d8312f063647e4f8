/** @file HiResCAM (Draelos and Carin, 2020), in any number of spatial dimensions. */

import { defineCamMethod, emitSlope } from './define-cam-method.ts'

/** Sum over channels of dy/dA * A. */
export const hiresCam = defineCamMethod({
  id: 'hires-cam',
  label: 'HiResCAM',
  summary:
    'Gradient times activation at every position of a layer, summed over channels, with no averaging between.',
  strengths:
    'In networks that end in one convolution and one dense layer it provably marks only places that raised the score, which Grad-CAM does not (Draelos and Carin 2020).',
  limits:
    'It is faithful only where the layer is followed by one linear layer (Draelos and Carin 2020); deeper in the network it is a first-order estimate. It stays as coarse as the layer, however sharp the name sounds. A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Draelos and Carin 2020, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks',
    url: 'https://arxiv.org/abs/2011.08891',
  },

  emitCam(context, activations) {
    return context.g.reduceSum(context.g.mul(emitSlope(context, activations), activations), [1])
  },
})
