/** @file LayerCAM (Jiang et al., 2021), in any number of spatial dimensions. */

import { defineCamMethod, emitSlope } from './define-cam-method.ts'

/** Sum over channels of relu(dy/dA) * A. */
export const layerCam = defineCamMethod({
  id: 'layer-cam',
  label: 'LayerCAM',
  summary:
    'Activations weighted by their own positive gradients: usable in early layers, whose grid is finer.',
  strengths:
    'It gives usable maps from early layers too, and so a finer grid than methods with one weight per channel (Jiang et al. 2021).',
  limits:
    'Negative gradients are dropped, so evidence against the target never shows. In early layers it follows edges and textures whatever the class, because that is what those layers respond to (Zeiler and Fergus 2014). A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Jiang et al. 2021, LayerCAM: exploring hierarchical class activation maps for localization',
    url: 'https://doi.org/10.1109/TIP.2021.3089943',
  },

  emitCam(context, activations) {
    const { g } = context
    const gains = g.relu(emitSlope(context, activations))
    return g.reduceSum(g.mul(gains, activations), [1])
  },
})
