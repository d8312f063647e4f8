/** @file The words of a target for those who type one: every form that the grammar takes. */

export interface TargetWord {
  /** K and L are classes; i,j,... indices. */
  readonly form: string
  readonly about: string
}

/** A segmentation's words are its own; NAME goes before all of them and is said apart. */
export const targetWords: readonly TargetWord[] = [
  { form: 'argmax', about: 'the predicted class' },
  { form: 'K', about: 'the score of class K' },
  { form: 'K-L', about: 'the score of class K minus that of L' },
  { form: 'probability(K)', about: 'the probability of class K' },
  { form: 'probability(K)-probability(L)', about: 'the same minus that of L' },
  { form: 'i,j,...', about: 'one element of the output, by all its indices' },
  { form: 'probability(i,j,...)', about: 'the same element of the probabilities' },
  { form: 'sum', about: 'the whole output' },
]

export const regionWords: readonly TargetWord[] = [
  { form: 'K@predicted', about: 'where class K wins' },
  { form: 'K@mask', about: 'inside the truth mask' },
]
