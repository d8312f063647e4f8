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

/** Rejects when the image or the model cannot be loaded. */
export type LoadSubject = (subject: CaseSubject, signal: AbortSignal) => Promise<LoadedSubject>

/** What is there from the subject before stays: its image under another model, its model. */
export function createSubjectLoader(context: DataContext): LoadSubject {
  /** What was loaded from which files; anything else on screen was put there by the user. */
  let kept: {
    readonly files: CaseSubject
    readonly model: unknown
    readonly image: unknown
    readonly truth: unknown
  } | null = null

  const isThere = ({ model, volume, truth }: CaseSubject) => {
    const app = context.get()
    return {
      model: kept?.files.model === model && kept.model === app.model?.loaded,
      image:
        kept?.files.volume === volume &&
        kept.files.truth === truth &&
        app.images.length === 1 &&
        app.images[0] === kept.image &&
        app.truth === kept.truth,
    }
  }

  return async (subject, signal) => {
    const there = isThere(subject)
    const [first] = context.get().images
    const image =
      there.image && first ? Promise.resolve(first) : loadImage(context, subject, signal)
    const truth = there.image
      ? Promise.resolve()
      : context.attempt('data', 'the truth', () => loadTruth(context, subject, image, signal))
    const model = there.model ? Promise.resolve() : loadCaseModel(context, subject, signal)
    const ends = await Promise.allSettled([image, model])
    signal.throwIfAborted()
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const remember = () => {
      const app = context.get()
      kept = {
        files: subject,
        model: app.model?.loaded,
        image: app.images[0],
        truth: app.truth,
      }
    }
    remember()
    return { truth: truth.then(() => (signal.aborted ? undefined : remember())) }
  }
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
