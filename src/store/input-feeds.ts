/** @file What goes into each input of a model: volumes through the card, or numbers typed in. */

import type { ModelSummary } from '../core/onnx/inspect.ts'
import { cardOfFurtherInput, imageInputIndex } from '../core/volume/input-cards.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import { sizesOf } from './declared-sizes.ts'

export type InputFeed =
  /** The card's own channels. */
  | { readonly kind: 'card' }
  /** Which of the loaded volumes feeds each channel; prepared as the card says. */
  | { readonly kind: 'volumes'; readonly volumes: readonly number[] }
  /** An input without space: age, sex. */
  | { readonly kind: 'values'; readonly values: readonly number[] }

export interface FedInput {
  readonly name: string
  /** Declared sizes, null where any size goes. */
  readonly dims: readonly (number | null)[]
  readonly feed: InputFeed
}

/** The input that the card is about: the first of those with the most axes. */
export function imageInputOf({ inputs }: Pick<ModelSummary, 'inputs'>): number {
  return imageInputIndex(inputs)
}

/** The card's volumes for the image input, the next ones for further images, zeros for numbers. */
export function defaultFeeds(summary: ModelSummary, card: ModelCard): readonly InputFeed[] {
  const own = imageInputOf(summary)
  let next = cardVolumes(card)
  return summary.inputs.map((input, index): InputFeed => {
    if (index === own) return { kind: 'card' }
    const dims = sizesOf(input.dims) ?? []
    if (dims.length !== card.layout.length) {
      const count = dims.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1)
      return { kind: 'values', values: new Array<number>(count).fill(0) }
    }
    const channels = dims[card.layout.indexOf('C')] ?? 1
    return { kind: 'volumes', volumes: Array.from({ length: channels }, () => next++) }
  })
}

/** How many volumes the model takes altogether. */
export function volumesWanted(card: ModelCard, feeds: readonly InputFeed[]): number {
  const others = feeds.flatMap((feed) => (feed.kind === 'volumes' ? feed.volumes : []))
  return Math.max(cardVolumes(card), ...others.map((index) => index + 1))
}

function cardVolumes({ channels }: ModelCard): number {
  return 1 + Math.max(0, ...channels.map(({ volume }) => volume))
}

/** The card as it holds for one input. */
export function cardFor(card: ModelCard, { name, feed }: FedInput): ModelCard {
  return feed.kind === 'volumes' ? cardOfFurtherInput(card, name, feed.volumes) : card
}
