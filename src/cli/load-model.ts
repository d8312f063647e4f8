/** @file Opens the model that the command line names, and finds its card. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../core/failure.ts'
import { guessCard } from '../core/volume/guess-card.ts'
import { cardOfFurtherInput, imageInputIndex } from '../core/volume/input-cards.ts'
import { type ModelCard, parseModelCardText } from '../core/volume/model-card.ts'
import { cardFromMonaiMetadata, isMonaiMetadata } from '../core/volume/monai-metadata.ts'
import type { Grid } from '../core/volume/resample.ts'
import { type OpenModel, openModel } from '../engine/open-model.ts'
import { createNodeRuntime } from '../engine/runtime-node.ts'
import { naming, readBytes } from './input-file.ts'

export interface LoadedModel {
  readonly model: OpenModel
  readonly path: string
}

export async function loadModel(path: string): Promise<LoadedModel> {
  const bytes = readBytes(path)
  try {
    return { model: await openModel(createNodeRuntime(), bytes), path }
  } catch (error) {
    return naming(path, () => {
      throw error
    })
  }
}

export interface FoundCard {
  readonly card: ModelCard
  /** What was guessed or not known, in sentences. */
  readonly remarks: readonly string[]
}

/**
 * The card that was made for this model: `NAME.card.json` beside it, else the one in its metadata.
 * @throws Failure 'bad-file' where it is not a card
 */
export function findOwnCard({ model, path }: LoadedModel): ModelCard | null {
  const own = `${path.replace(/\.onnx$/i, '')}.card.json`
  if (existsSync(own)) return naming(own, () => parseModelCardText(readText(own)))
  const { embeddedCard } = model
  return embeddedCard === null ? null : naming(path, () => parseModelCardText(embeddedCard))
}

/**
 * The model's own card, else a MONAI bundle's `metadata.json` beside it or in the bundle's
 * `configs/`; null where there is none.
 */
function findCard(loaded: LoadedModel): FoundCard | null {
  const { path } = loaded
  const own = findOwnCard(loaded)
  if (own) return { card: own, remarks: [] }
  const places = [
    join(dirname(path), 'metadata.json'),
    join(dirname(path), '..', 'configs', 'metadata.json'),
  ]
  for (const place of places.filter((candidate) => existsSync(candidate))) {
    const json = naming(place, () => parseJson(readText(place)))
    if (!isMonaiMetadata(json)) continue
    const { card, unknown } = naming(place, () => cardFromMonaiMetadata(json))
    return { card, remarks: unknown }
  }
  return null
}

function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(
      'bad-file',
      `this is not valid JSON (${detail}); repair it, move it away, or put a NAME.card.json beside the model`,
      { cause },
    )
  }
}

/**
 * The card as it holds for one input, fed by these volumes: the one that is there, else a guess
 * from the declared shapes and the volumes.
 */
export function cardFor(
  loaded: LoadedModel,
  volumes: readonly Grid[],
  inputIndex: number,
): FoundCard {
  const { inputs, summary } = loaded.model
  const { name = '', dims = [] } = inputs[inputIndex] ?? {}
  const found = findCard(loaded)
  if (found && inputIndex === imageInputIndex(inputs)) return found
  if (found) {
    const { layout } = found.card
    const channels = layout.includes('C') ? (dims[layout.indexOf('C')] ?? volumes.length) : 1
    return {
      card: cardOfFurtherInput(found.card, name, [...new Array(channels).keys()]),
      remarks: [],
    }
  }
  const output = summary.outputs[0]?.dims ?? null
  const sizes = output?.map((size) => (typeof size === 'number' ? size : null)) ?? null
  const { card, guesses } = guessCard(dims, sizes, volumes)
  return { card, remarks: ['The model has no card, so this was guessed:', ...guesses] }
}
