/** @file Prepares the input and predicts; the newest call wins. */

import { describeNonFiniteOutputs } from '../core/attribution/finite-maps.ts'
import { Failure } from '../core/failure.ts'
import { until } from './clients.ts'
import type { DataContext } from './data-context.ts'
import type { ImageLayer, ModelLayer } from './data-state.ts'
import { describeError } from './describe-error.ts'
import { paceOfForward } from './estimate.ts'
import { failureActions } from './failure-actions.ts'
import { findCard } from './model-cards.ts'
import { prepareInputs } from './prepare-inputs.ts'
import { readOtherOutputs, readPrediction } from './read-prediction.ts'

/** A function that brings prepared input and prediction up to date with images, model and card. */
export function createPredictor(context: DataContext): () => Promise<void> {
  const { get, set } = context
  let current = new AbortController()
  return async () => {
    current.abort()
    current = new AbortController()
    const { signal } = current
    const { images, model } = get()
    get().clearNotices('prediction')
    if (images.length === 0 || !model) return set({ prediction: { kind: 'none' } })
    set({ prediction: { kind: 'running' }, prepared: null })
    try {
      await predict(context, guessAgain(model, images), images, signal)
    } catch (error) {
      if (!signal.aborted) showFailure(context, error)
    }
  }
}

async function predict(
  { clients, get, set }: DataContext,
  model: ModelLayer,
  images: readonly ImageLayer[],
  signal: AbortSignal,
): Promise<void> {
  set({ model })
  const volumeIds = images.map(({ info }) => info.id)
  const prepared = await prepareInputs(clients, model, volumeIds, signal)
  if (signal.aborted) return
  set({ prepared, description: null })
  const reply = await clients.attribution('predict', { inputs: prepared.inputs }, until(signal))
  if (signal.aborted) return
  get().noteProvider(reply.provider)
  const reading = readPrediction(reply, model.card)
  if (!reading) {
    throw new Failure('unsupported-model', 'The model has no output of real numbers to explain.')
  }
  const flaw = describeNonFiniteOutputs(reply.outputs)
  if (flaw !== null) {
    const actions = [{ kind: 'edit-card', label: 'Edit the model card' }] as const
    get().notify({ place: 'prediction', tone: 'caution', text: flaw, actions })
  }
  const { elapsedMs, peakBytes } = reply
  set({
    prediction: {
      kind: 'done',
      reading,
      others: readOtherOutputs(reply, model.card),
      elapsedMs,
      peakBytes,
    },
    // The first run on a GPU compiles its shaders: no pace to go by.
    pace: get().pace ?? (reply.provider.id === 'webgpu' ? null : paceOfForward(elapsedMs)),
  })
}

function showFailure({ get, set }: DataContext, error: unknown): void {
  const { kind, text, details } = describeError(error, 'The prediction')
  set({ prediction: { kind: 'failed', reason: text } })
  const found = failureActions(kind, get().methodId)
  const actions =
    found.length > 0 ? found : [{ kind: 'edit-card', label: 'Edit the model card' } as const]
  get().notify({ place: 'prediction', text, details, actions })
}

/** A guess depends on the images, so it is made again when they change. */
function guessAgain(model: ModelLayer, images: readonly ImageLayer[]): ModelLayer {
  if (model.cardSource !== 'guessed') return model
  const { card, guesses } = findCard(
    model.loaded,
    images.map(({ voxels }) => voxels),
  )
  return { ...model, card, guesses }
}
