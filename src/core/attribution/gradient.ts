/** @file The gradient of the explained score. */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { defineGraphMethod, nameMaps } from './define-graph-method.ts'

/** dy/dx for every input: the step of integrated gradients, too. */
export const gradientRecipe: ExplanationRecipe = {
  key: 'gradient',
  rules: 'standard',
  emit: ({ g, inputs, gradients }) => nameMaps(g, inputs, gradients(inputs)),
}

export const gradient = defineGraphMethod({
  id: 'gradient',
  label: 'Gradient',
  family: 'backpropagation',
  summary: 'How much the score would change per unit of change of each voxel, with its sign.',
  strengths:
    'One backward pass and nothing to choose. It follows the model: it changes when weights or training labels are randomised, which several sharper-looking methods do not (Adebayo et al. 2018).',
  limits:
    'It shows what a tiny change would do, not what the score is made of. In deep networks it is noisy (Balduzzi et al. 2017; Smilkov et al. 2017), and it vanishes where the score is saturated (Shrikumar et al. 2017).',
  citation: {
    text: 'Baehrens et al. 2010, How to explain individual classification decisions',
    url: 'https://arxiv.org/abs/0912.1128',
  },
  options: {},
  needs: { gradient: true, baseline: false, layer: false, seed: false },
  signed: () => true,
  recipe: () => gradientRecipe,
})
