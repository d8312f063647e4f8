/** @file Saliency: the magnitude of the gradient (Simonyan et al., 2014). */

import { defineGraphMethod, nameMaps } from './define-graph-method.ts'

export const saliency = defineGraphMethod({
  id: 'saliency',
  label: 'Saliency',
  family: 'backpropagation',
  summary: 'The magnitude of the gradient: where a small change would move the score most.',
  strengths:
    "One backward pass and nothing to choose; it localised objects without any training for it (Simonyan et al. 2014), and it changes when the model's weights are randomised (Adebayo et al. 2018).",
  limits:
    'It cannot tell evidence for from evidence against, nor what the score is made of. In deep networks it is noisy (Smilkov et al. 2017), and it vanishes where the score is saturated (Shrikumar et al. 2017). On chest radiographs it localised worse than networks that are trained to localise (Arun et al. 2021).',
  citation: {
    text: 'Simonyan, Vedaldi and Zisserman 2014, Deep inside convolutional networks',
    url: 'https://arxiv.org/abs/1312.6034',
  },
  options: {},
  needs: { gradient: true, baseline: false, layer: false, seed: false },
  signed: () => false,
  recipe: () => ({
    key: 'saliency',
    rules: 'standard',
    emit: ({ g, inputs, gradients }) =>
      nameMaps(
        g,
        inputs,
        gradients(inputs).map((gradient) => g.abs(gradient)),
      ),
  }),
})
