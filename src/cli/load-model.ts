/** @file Opens the model that the command line names, and finds its card. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { guessCard } from '../core/volume/guess-card.ts'
import { type ModelCard, parseModelCardText } from '../core/volume/model-card.ts'
import { cardFromMonaiMetadata, isMonaiMetadata } from '../core/volume/monai-metadata.ts'
import type { Grid } from '../core/volume/resample.ts'
import { type OpenModel, openModel } from '../engine/open-model.ts'
import { createNodeRuntime } from '../engine/runtime-node.ts'
import { readBytes } from './input-file.ts'

export interface LoadedModel {
  readonly model: OpenModel
  readonly path: string
}

export async function loadModel(path: string): Promise<LoadedModel> {
  return { model: await openModel(createNodeRuntime(), readBytes(path)), path }
}

export interface FoundCard {
  readonly card: ModelCard
  /** What was guessed or not known, in sentences. */
  readonly remarks: readonly string[]
}

/**
 * `NAME.card.json` beside the model, else the card in the model's metadata, else a MONAI bundle's
 * `metadata.json` beside it or in the bundle's `configs/`; null where there is none.
 */
export function findCard({ model, path }: LoadedModel): FoundCard | null {
  const text = (file: string) => new TextDecoder().decode(readBytes(file))
  const own = `${path.replace(/\.onnx$/i, '')}.card.json`
  if (existsSync(own)) return { card: parseModelCardText(text(own)), remarks: [] }
  if (model.embeddedCard !== null) {
    return { card: parseModelCardText(model.embeddedCard), remarks: [] }
  }
  const places = [
    join(dirname(path), 'metadata.json'),
    join(dirname(path), '..', 'configs', 'metadata.json'),
  ]
  for (const place of places.filter((candidate) => existsSync(candidate))) {
    const json: unknown = JSON.parse(text(place))
    if (!isMonaiMetadata(json)) continue
    const { card, unknown } = cardFromMonaiMetadata(json)
    return { card, remarks: unknown }
  }
  return null
}

/** The card that is there, else a guess from the model's declared shapes and the volumes. */
export function cardFor(loaded: LoadedModel, volumes: readonly Grid[]): FoundCard {
  const found = findCard(loaded)
  if (found) return found
  const { inputs, summary } = loaded.model
  const output = summary.outputs[0]?.dims ?? null
  const sizes = output?.map((size) => (typeof size === 'number' ? size : null)) ?? null
  const { card, guesses } = guessCard(inputs[0]?.dims ?? [], sizes, volumes)
  return { card, remarks: ['The model has no card, so this was guessed:', ...guesses] }
}
