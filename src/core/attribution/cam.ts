/** @file CAM (Zhou et al., 2016), in any number of spatial dimensions. */

import { Failure } from '../failure.ts'
import { product } from '../onnx/shape-arithmetic.ts'
import { defineCamMethod } from './define-cam-method.ts'
import { findDenseHead } from './dense-head.ts'

/**
 * map = sum_k w_k A_k, w the row of the dense layer for the target class (for a difference of
 * classes the difference of their rows): as the layer is linear, the derivative of the target with
 * respect to the pooled channels.
 */
export const cam = defineCamMethod({
  id: 'cam',
  label: 'CAM',
  summary: 'The activations before global average pooling, weighted by the row of the class.',
  strengths:
    "The weights are the classifier's own, so nothing is estimated: without its positive-part cut, the map's mean over space is the class score up to the bias (Zhou et al. 2016).",
  limits:
    'It exists only for networks that end in global average pooling and one dense layer. It is as coarse as the last layer, and tends to mark the most discriminative part of a thing rather than all of it (Singh and Lee 2017). A model that ignores its input gets a map too, where the layer holds something.',
  citation: {
    text: 'Zhou et al. 2016, Learning deep features for discriminative localization',
    url: 'https://arxiv.org/abs/1512.04150',
  },
  emitCam({ g, gradients, target }, given) {
    const { activations, pooled } = findDenseHead(g, target)
    if (product(activations.dims.slice(2)) === 1) {
      throw new Failure(
        'bad-request',
        'cam would be one number: with an input of this size the global average pooling reads a single place; give a larger input, or take a method of another family',
      )
    }
    if (activations.name !== given.name) {
      throw new Failure(
        'bad-request',
        `cam is defined on what the global average pooling reads, '${activations.name}', not on '${given.name}'`,
      )
    }
    const [slope] = gradients([pooled])
    if (!slope) throw new Failure('internal', `no gradient came back for '${pooled.name}'`)
    const axes = activations.dims.map((_, axis) => (axis < 2 ? (activations.dims[axis] ?? 1) : 1))
    return g.reduceSum(g.mul(g.reshape(slope, axes), activations), [1])
  },
})
