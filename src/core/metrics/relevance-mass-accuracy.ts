/** @file Relevance mass accuracy (Arras et al., 2022). */

import { defineMetric } from './metric.ts'
import { massShare, truthShare, valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'

export const relevanceMassAccuracy = defineMetric({
  id: 'relevance-mass-accuracy',
  label: 'Mass in truth',
  title: 'Relevance mass accuracy',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition: "The share of the map's total that lies inside the truth.",
  formula: 'sum(a in m) / sum(a)',
  citation: {
    text: 'Arras, Osman and Samek 2022, CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations',
    url: 'https://arxiv.org/abs/2003.07258',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    return (
      refusal(input, ['mask', 'outside', 'mass']) ?? valueScore(massShare(input), truthShare(input))
    )
  },
})
