/** @file The layers of a model for `inspect`: the model is run once on zeros, which tells every shape. */

import type { LayerCandidate } from '../core/attribution/model-description.ts'
import { Failure } from '../core/failure.ts'
import { filled } from '../core/tensor/arithmetic.ts'
import type { Tensors } from '../core/tensor/tensor.ts'
import { loadInputs } from './load-inputs.ts'
import { findOwnCard, type LoadedModel, loadModel } from './load-model.ts'

export interface FoundLayers {
  /** null where the shapes could not be found. */
  readonly layers: readonly LayerCandidate[] | null
  /** Why not, as a sentence. */
  readonly reason: string | null
}

/**
 * What class activation maps of the first output can be taken from.
 * @param given as for `--input`; without one the declared sizes, a batch of 1 and the card's shape.
 */
export async function findLayers(path: string, given: readonly string[]): Promise<FoundLayers> {
  if (given.length > 0) {
    const loaded = await loadModel(path)
    const { tensors } = loadInputs(loaded, given)
    return { layers: await loaded.model.layers(tensors, ''), reason: null }
  }
  try {
    const loaded = await loadModel(path)
    return { layers: await loaded.model.layers(zerosFor(loaded), ''), reason: null }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { layers: null, reason: error.message }
  }
}

function zerosFor(loaded: LoadedModel): Tensors {
  const card = loaded.model.inputs.length === 1 ? findOwnCard(loaded) : null
  return loaded.model.inputs.map(({ name, dims }) => {
    const sizes = dims.map((size, axis) => {
      if (size !== null) return axis === 0 ? Math.max(1, size) : size
      const letter = card?.layout.charAt(axis) ?? ''
      if (axis === 0 || letter === 'N') return 1
      if (letter === 'C') return card?.channels.length ?? 1
      const fromCard = card?.shape?.['IJK'.indexOf(letter)]
      if (fromCard) return fromCard
      throw new Failure(
        'bad-request',
        `input '${name}' has no fixed sizes (${dims.map((known) => known ?? '?').join(' x ')}): give an --input to see the layers with their shapes`,
      )
    })
    return filled(sizes, 0)
  })
}
