/** @file Input times gradient (Shrikumar et al., 2016). */

import { Failure } from '../failure.ts'
import { defineGraphMethod, nameMaps } from './define-graph-method.ts'

export const inputXGradient = defineGraphMethod({
  id: 'input-x-gradient',
  label: 'Input × gradient',
  family: 'backpropagation',
  summary: 'Each voxel times its gradient: its share of the score if the network were linear.',
  strengths:
    'One gradient, and in a network of ReLUs without biases the parts add up to the score exactly; several propagation rules then give this same map (Ancona et al. 2018).',
  limits:
    'It is zero wherever the input is zero, so dark or zero-normalised tissue cannot light up however much it matters (Smilkov et al. 2017), and the picture itself can dominate the map (Adebayo et al. 2018). Shares add up to the score only in networks without biases.',
  citation: {
    text: 'Shrikumar et al. 2016, Not just a black box: learning important features through propagating activation differences',
    url: 'https://arxiv.org/abs/1605.01713',
  },
  options: {},
  needs: { gradient: true, baseline: false, layer: false, seed: false },
  signed: () => true,
  recipe: () => ({
    key: 'input-x-gradient',
    rules: 'standard',
    emit: ({ g, inputs, gradients }) => {
      const products = gradients(inputs).map((gradient, i) => {
        const input = inputs[i]
        if (!input) throw new Failure('internal', 'there are more gradients than inputs')
        return g.mul(input, gradient)
      })
      return nameMaps(g, inputs, products)
    },
  }),
})
