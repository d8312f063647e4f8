/** @file Loads a subject of a case: image, truth and model side by side, each shown when it is there. */

import type { CaseSubject } from './case-files.ts'
import { unattended } from './clients.ts'
import type { DataContext } from './data-context.ts'
import type { ImageLayer } from './data-state.ts'
import { fitTruth, setImages } from './layers.ts'
import { loadModel } from './load-model.ts'
import { readCardFile } from './model-cards.ts'

/** What comes later than image and model, which is all that a prediction needs. */
export interface LoadedSubject {
  /** Never rejects: a truth that cannot be loaded is a notice. */
  readonly truth: Promise<void>
}

/**
 * Rejects when the image or the model cannot be loaded.
 * @param keepModel the model of the case is loaded already.
 */
export async function loadSubject(
  context: DataContext,
  subject: CaseSubject,
  keepModel: boolean,
  signal: AbortSignal,
): Promise<LoadedSubject> {
  const image = loadImage(context, subject, signal)
  const truth = context.attempt('data', subject.truth ?? 'the truth', () =>
    loadTruth(context, subject, image, signal),
  )
  const model = keepModel ? Promise.resolve() : loadCaseModel(context, subject, signal)
  const ends = await Promise.allSettled([image, model])
  signal.throwIfAborted()
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return { truth }
}

async function loadImage(
  context: DataContext,
  { volume }: CaseSubject,
  signal: AbortSignal,
): Promise<ImageLayer> {
  const layer = await context.openVolume(nameOf(volume), () => context.fetchBytes(volume, signal))
  signal.throwIfAborted()
  context.set({ truth: null })
  await setImages(context, [layer])
  return layer
}

async function loadTruth(
  context: DataContext,
  { truth }: CaseSubject,
  image: Promise<ImageLayer>,
  signal: AbortSignal,
): Promise<void> {
  if (truth === null) return
  const bytes = await context.fetchBytes(truth, signal)
  const onto = await image.catch(() => null)
  if (!onto) return
  const request = { name: nameOf(truth), bytes }
  const info = await context.clients.volume('open', request, unattended())
  const fitted = await fitTruth(context, info, onto, null)
  signal.throwIfAborted()
  context.set({ truth: fitted, truthVisible: true })
}

async function loadCaseModel(
  context: DataContext,
  { model, card }: CaseSubject,
  signal: AbortSignal,
): Promise<void> {
  const [bytes, cardBytes] = await Promise.all([
    context.fetchBytes(model, signal),
    card === null ? null : context.fetchBytes(card, signal),
  ])
  signal.throwIfAborted()
  const given = card && cardBytes && readCardFile(nameOf(card), new TextDecoder().decode(cardBytes))
  await loadModel(context, nameOf(model), bytes, given || null)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
