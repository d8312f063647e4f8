/** @file Files the user drops or chooses: each finds its place, or a question, or a sentence. */

import { needsOf } from '../core/attribution/method.ts'
import { findMethod } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import type { DataContext } from './data-context.ts'
import type { ImageLayer, LocalFile } from './data-state.ts'
import { optionsOf } from './estimate.ts'
import { type FileKind, isNamedLikeMask, kindOfFile, stemOf } from './file-kinds.ts'
import { volumesWanted } from './input-feeds.ts'
import { applyRole } from './layers.ts'
import { loadModel } from './load-model.ts'
import { readCardFile } from './model-cards.ts'
import { suggestRole } from './suggest-role.ts'

/** Opens every file that can be opened. What is loaded stays where a file turns out bad. */
export async function openLocalFiles(
  context: DataContext,
  files: readonly LocalFile[],
): Promise<void> {
  const of = (kind: FileKind) => files.filter(({ name }) => kindOfFile(name) === kind)
  for (const { name } of of('other')) {
    await context.attempt('data', name, async () => {
      throw new Failure(
        'bad-file',
        `${name} is not a kind of file that can be opened: NIfTI volumes (.nii, .nii.gz), ONNX models (.onnx) and model cards (.card.json) can.`,
      )
    })
  }
  const arrays = of('array')
  if (arrays.length > 0) await adoptArrays(context, arrays)
  await openVolumes(context, of('volume'))
  const model = of('model').at(-1)
  if (model) {
    await context.attempt('data', model.name, () => openModel(context, model, of('card')))
    return
  }
  for (const card of of('card')) {
    await context.attempt('data', card.name, () => adoptCard(context, card))
  }
}

/** The page shows volumes; what an array can be here is a baseline. */
async function adoptArrays({ get }: DataContext, files: readonly LocalFile[]): Promise<void> {
  const { methodId, prepared, notify } = get()
  const needs = needsOf(findMethod(methodId), optionsOf(get()))
  if (prepared && needs.baseline) return get().addBaselineFiles(files)
  notify({
    place: 'data',
    text: `${files.map(({ name }) => name).join(', ')}: an array (.npy) can be a baseline here; open image and model, and choose a method that has a baseline, such as integrated gradients.`,
  })
}

async function openVolumes(context: DataContext, files: readonly LocalFile[]): Promise<void> {
  const opened: ImageLayer[] = []
  for (const file of files) {
    await context.attempt('data', file.name, async () => {
      const read = async () => new Uint8Array(await file.arrayBuffer())
      const layer = await context.openVolume(file.name, read)
      opened.push(layer)
    })
  }
  // Images first, then what may be one, so that a mask from the same drop finds the image it belongs to.
  const isMask = ({ info }: ImageLayer) => info.looksLikeMask || info.min === info.max
  const rank = (layer: ImageLayer) =>
    Number(isMask(layer)) + Number(isMask(layer) && isNamedLikeMask(layer.info.name))
  const sorted = opened.toSorted((a, b) => rank(a) - rank(b))
  const imagesInDrop = sorted.filter((layer) => !isMask(layer)).length
  for (const layer of sorted) await placeVolume(context, layer, imagesInDrop)
}

async function placeVolume(
  context: DataContext,
  layer: ImageLayer,
  imagesInDrop: number,
): Promise<void> {
  const { get, set } = context
  const { images, model, pending } = get()
  const { role, isObvious, reason } = suggestRole(layer.info, {
    imagesInDrop,
    hasImage: images.length > 0,
    volumesWanted: model ? volumesWanted(model.card, model.feeds) : 0,
    volumesLoaded: images.length,
  })
  // Of a mask, the panel itself says how much is in it.
  for (const repair of role === 'truth' ? [] : layer.info.repairs) {
    get().notify({ place: 'data', tone: 'caution', text: `${layer.info.name}: ${repair}` })
  }
  // A mask waits with the file that may become the image it belongs to.
  const waits =
    role === 'truth' &&
    images.length === 0 &&
    pending.some(({ suggested }) => suggested === 'image')
  if (isObvious && !waits) {
    await context.attempt('data', layer.info.name, () => applyRole(context, layer, role))
  } else {
    set({ pending: [...pending, { layer, suggested: role, reason }] })
  }
}

async function openModel(
  context: DataContext,
  file: LocalFile,
  cards: readonly LocalFile[],
): Promise<void> {
  const own = cards.find(({ name }) => stemOf(name) === stemOf(file.name))
  const card = own ?? (cards.length === 1 ? cards[0] : undefined)
  const given = card ? readCardFile(card.name, await readText(card)) : null
  const bytes = file instanceof Blob ? file : new Uint8Array(await file.arrayBuffer())
  await loadModel(context, file.name, bytes, given)
  context.set({ caseId: null, caseTitle: null })
}

/** A card alone belongs to the model that is loaded. */
async function adoptCard({ get, set }: DataContext, file: LocalFile): Promise<void> {
  const { card, source, guesses } = readCardFile(file.name, await readText(file))
  const { model } = get()
  if (!model) {
    throw new Failure('bad-request', `${file.name} is a model card: open its .onnx file with it.`)
  }
  set({ model: { ...model, card, cardSource: source, guesses } })
}

async function readText(file: LocalFile): Promise<string> {
  return new TextDecoder().decode(await file.arrayBuffer())
}
