/** @file Guided back-propagation (Springenberg et al., 2015). */

import { defineGraphMethod, nameMaps } from './define-graph-method.ts'

export const guidedBackprop = defineGraphMethod({
  id: 'guided-backprop',
  label: 'Guided backprop',
  family: 'backpropagation',
  summary: 'The gradient with negative parts dropped at every ReLU: sharp, edge-like maps.',
  strengths:
    'Very sharp, readable pictures from one backward pass, also of higher layers and of networks without max pooling (Springenberg et al. 2015).',
  limits:
    'It hardly changes when the upper layers are randomised (Adebayo et al. 2018): much of what it shows are edges of the image, whatever the model learned.',
  citation: {
    text: 'Springenberg et al. 2015, Striving for simplicity: the all convolutional net',
    url: 'https://arxiv.org/abs/1412.6806',
  },
  options: {},
  needs: { gradient: true, baseline: false, layer: false, seed: false },
  signed: () => true,
  recipe: () => ({
    key: 'guided-backprop',
    rules: 'guided-backprop',
    emit: ({ g, inputs, gradients }) => nameMaps(g, inputs, gradients(inputs)),
  }),
})
