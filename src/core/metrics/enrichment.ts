/** @file Enrichment: mass inside the truth as a multiple of what a uniform map has there. */

import { defineMetric } from './metric.ts'
import { massShare, truthShare, valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'

export const enrichment = defineMetric({
  id: 'enrichment',
  label: 'Enrichment',
  title: 'Enrichment of mass over chance',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    "Mass in truth divided by the truth's share of the volume: how many times denser the map is inside; 1 is chance.",
  formula: '(sum(a in m) / sum(a)) / (|m| / N)',
  citation: {
    text: "Saliscope's own ratio; its numerator is the relevance mass accuracy of Arras, Osman and Samek 2022",
    url: 'https://arxiv.org/abs/2003.07258',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    return (
      refusal(input, ['mask', 'outside', 'mass']) ??
      valueScore(massShare(input) / truthShare(input), 1)
    )
  },
})
