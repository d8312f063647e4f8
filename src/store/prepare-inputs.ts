/** @file Every input of the model as a tensor: volumes through the card, numbers as they are. */

import type { Tensor } from '../core/tensor/tensor.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { ModelGrid, PreparedInput } from '../rpc/volume-api.ts'
import { type Clients, until } from './clients.ts'
import type { ModelLayer } from './data-state.ts'
import { sizesOf } from './declared-sizes.ts'
import { cardFor, type FedInput } from './input-feeds.ts'

/** One input of the model, and how a map of it goes back. */
export type PreparedPart =
  | {
      readonly kind: 'image'
      readonly name: string
      readonly card: ModelCard
      readonly grid: ModelGrid
    }
  | { readonly kind: 'values'; readonly name: string; readonly values: readonly number[] }

/** `grid`, `min` and `max` are those of the first image. */
export interface Prepared extends PreparedInput {
  /** In the order of the model's inputs. */
  readonly parts: readonly PreparedPart[]
}

/** The inputs of a model with what feeds them. */
export function fedInputs({ loaded, feeds }: Pick<ModelLayer, 'feeds' | 'loaded'>): FedInput[] {
  return loaded.summary.inputs.map(({ name, dims }, index) => ({
    name,
    dims: sizesOf(dims) ?? [],
    feed: feeds[index] ?? { kind: 'card' },
  }))
}

/** Rejects with a Failure that says which volume is missing or what does not fit. */
export async function prepareInputs(
  clients: Clients,
  model: ModelLayer,
  volumeIds: readonly string[],
  signal: AbortSignal,
): Promise<Prepared> {
  const inputs: Tensor[] = []
  const parts: PreparedPart[] = []
  const steps: string[] = []
  let first: PreparedInput | undefined
  const fed = fedInputs(model)
  for (const input of fed) {
    const { name, dims, feed } = input
    if (feed.kind === 'values') {
      inputs.push(tensorOfValues(feed.values, dims))
      parts.push({ kind: 'values', name, values: feed.values })
      steps.push(`${name}: ${feed.values.join(', ')}, as typed in.`)
      continue
    }
    const card = cardFor(model.card, input)
    const request = { volumeIds, card, inputDims: dims }
    const one = await clients.volume('prepare', request, until(signal))
    first ??= one
    inputs.push(...one.inputs)
    parts.push({ kind: 'image', name, card, grid: one.grid })
    steps.push(...one.steps.map((step) => (fed.length > 1 ? `${name}: ${step}` : step)))
  }
  const { grid, min, max } = first ?? noImage
  return { inputs, grid, steps, min, max, parts }
}

const noImage = {
  grid: { dims: [1, 1, 1], affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
  min: 0,
  max: 0,
} as const

function tensorOfValues(values: readonly number[], dims: readonly (number | null)[]): Tensor {
  return {
    data: Float32Array.from(values),
    dims: dims.map((size, axis) => (axis === 0 ? 1 : (size ?? 1))),
  }
}
