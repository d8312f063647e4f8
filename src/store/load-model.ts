/** @file Loads a model with its card. */

import { unattended } from './clients.ts'
import type { DataContext } from './data-context.ts'
import { defaultFeeds } from './input-feeds.ts'
import { type FoundCard, findCard } from './model-cards.ts'

/** Rejects with a Failure and leaves the model before it as it was. `given` null = find a card. */
export async function loadModel(
  { clients, get, set, prefer }: DataContext,
  name: string,
  bytes: Blob | Uint8Array<ArrayBuffer>,
  given: FoundCard | null,
): Promise<void> {
  const file = bytes instanceof Blob ? bytes : new Blob([bytes])
  const loaded = await clients.attribution('load', { bytes, prefer }, unattended())
  // Runs of the model before this one can no longer start.
  for (const { id } of get().runs) get().cancelRun(id)
  const volumes = get().images.map(({ voxels }) => voxels)
  const { card, source, guesses } = given ?? findCard(loaded, volumes)
  set({
    model: {
      name,
      byteLength: file.size,
      loaded,
      card,
      cardSource: source,
      guesses,
      feeds: defaultFeeds(loaded.summary, card),
      file,
      randomSeed: null,
    },
    provider: loaded.provider,
    prepared: null,
    prediction: { kind: 'none' },
    target: 'argmax',
    layer: null,
    pace: null,
    memory: null,
    description: null,
  })
}

/** Opens the loaded model's file again, its weights permuted by the seed or as trained. */
export async function reloadModel(
  { clients, get, set, prefer }: DataContext,
  seed: number | null,
): Promise<void> {
  const { model } = get()
  if (!model || model.randomSeed === seed) return
  const request = { bytes: model.file, prefer, ...(seed === null ? {} : { randomSeed: seed }) }
  const loaded = await clients.attribution('load', request, unattended())
  // Runs that wait were meant for the other weights.
  for (const { id } of get().runs) get().cancelRun(id)
  set({
    model: { ...model, loaded, randomSeed: seed },
    provider: loaded.provider,
    prepared: null,
    prediction: { kind: 'none' },
    memory: null,
  })
}
