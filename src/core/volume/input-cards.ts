/** @file One card for a model with several inputs: it is about one image, the others follow it. */

import type { ModelCard } from './model-card.ts'

/** The input that the card is about: the first of those with the most axes. */
export function imageInputIndex(
  inputs: readonly { readonly dims: readonly unknown[] | null }[],
): number {
  const ranks = inputs.map(({ dims }) => dims?.length ?? 0)
  return Math.max(0, ranks.indexOf(Math.max(...ranks)))
}

/**
 * The card for a further image input: geometry and intensity as the card says, its channels named
 * after the input.
 * @param volumes which of the given volumes feeds each channel, from 0
 */
export function cardOfFurtherInput(
  card: ModelCard,
  name: string,
  volumes: readonly number[],
): ModelCard {
  const channels = volumes.map((volume, index) => ({
    name: volumes.length > 1 ? `${name} ${index + 1}` : name,
    volume,
    intensity: null,
  }))
  return { ...card, channels }
}
