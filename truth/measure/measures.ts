/** @file What is measured of every map, in the order of the tables. */

export const measureIds = [
  'neuro',
  'neuro-strict',
  'mass',
  'rank',
  'roc-auc',
  'average-precision',
  'best-dice',
  'pointing',
  'enrichment',
  'off-target',
] as const
export type MeasureId = (typeof measureIds)[number]

export const measureTitles: Readonly<Record<MeasureId, string>> = {
  neuro: 'Mass, neuro',
  'neuro-strict': 'Mass, neuro, mask as it is',
  mass: 'Mass',
  rank: 'Rank accuracy',
  'roc-auc': 'ROC-AUC',
  'average-precision': 'Average precision',
  'best-dice': 'Best Dice',
  pointing: 'Pointing game',
  enrichment: 'Enrichment',
  'off-target': 'Off target',
}

export type Measures = Readonly<Record<MeasureId, number>>
