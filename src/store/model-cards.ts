/** @file Finds the card of a model: given, embedded, a MONAI bundle's, or guessed. */

import { Failure } from '../core/failure.ts'
import { guessCard } from '../core/volume/guess-card.ts'
import { type ModelCard, parseModelCard, parseModelCardText } from '../core/volume/model-card.ts'
import { cardFromMonaiMetadata, isMonaiMetadata } from '../core/volume/monai-metadata.ts'
import type { LoadedModel } from '../rpc/attribution-api.ts'
import type { VolumeData } from '../rpc/volume-api.ts'
import type { CardSource } from './data-state.ts'
import { sizesOf } from './declared-sizes.ts'
import { imageInputOf } from './input-feeds.ts'

export interface FoundCard {
  readonly card: ModelCard
  readonly source: CardSource
  /** What was guessed, in sentences. */
  readonly guesses: readonly string[]
}

/** The card in the model's own metadata, else a guess from its input and the open volumes. */
export function findCard(loaded: LoadedModel, volumes: readonly VolumeData[]): FoundCard {
  if (loaded.embeddedCard !== null) {
    return { card: parseModelCardText(loaded.embeddedCard), source: 'embedded', guesses: [] }
  }
  const { inputs, outputs } = loaded.summary
  const { card, guesses } = guessCard(
    sizesOf(inputs[imageInputOf(loaded.summary)]?.dims ?? null) ?? [],
    sizesOf(outputs[0]?.dims ?? null),
    volumes,
  )
  return { card, source: 'guessed', guesses }
}

/** A card file: our own format, or the metadata.json of a MONAI bundle. */
export function readCardFile(name: string, text: string): FoundCard {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new Failure('bad-file', `${name} is not valid JSON, so it cannot be a model card.`, {
      cause,
    })
  }
  if (isMonaiMetadata(json)) {
    const { card, unknown } = cardFromMonaiMetadata(json)
    return { card, source: 'monai', guesses: unknown }
  }
  return { card: parseModelCard(json), source: 'file', guesses: [] }
}
