/** @file The deconvnet (Zeiler and Fergus, 2014). */

import { defineGraphMethod, nameMaps } from './define-graph-method.ts'

export const deconvnet = defineGraphMethod({
  id: 'deconvnet',
  label: 'Deconvnet',
  family: 'backpropagation',
  summary: 'The score sent back through the network with only positive parts passing every ReLU.',
  strengths:
    'One backward pass shows in fine detail which patterns of the input can excite a unit, and what its layers look for (Zeiler and Fergus 2014).',
  limits:
    'It ignores which ReLUs were active, so away from max pooling it hardly depends on the input, and it does a partial image recovery rather than an explanation of the class (Nie et al. 2018).',
  citation: {
    text: 'Zeiler and Fergus 2014, Visualizing and understanding convolutional networks',
    url: 'https://arxiv.org/abs/1311.2901',
  },
  options: {},
  needs: { gradient: true, baseline: false, layer: false, seed: false },
  signed: () => true,
  recipe: () => ({
    key: 'deconvnet',
    rules: 'deconvnet',
    emit: ({ g, inputs, gradients }) => nameMaps(g, inputs, gradients(inputs)),
  }),
})
