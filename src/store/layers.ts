/** @file Puts images and truth on screen and keeps them consistent with each other. */

import { Failure } from '../core/failure.ts'
import type { OpenedVolume } from '../rpc/volume-api.ts'
import { unattended } from './clients.ts'
import type { DataContext } from './data-context.ts'
import type { FileRole, ImageLayer, TruthLayer } from './data-state.ts'

/** A mask file on the grid of an image; `label` null = every voxel that is not 0. */
export async function fitTruth(
  { clients }: DataContext,
  info: OpenedVolume,
  image: ImageLayer,
  label: number | null,
): Promise<TruthLayer> {
  const { mask, voxels, labels, note } = await clients.volume(
    'maskOnGrid',
    { maskId: info.id, volumeId: image.info.id, ...(label === null ? {} : { label }) },
    unattended(),
  )
  return { info, mask, voxels, labels, label, note }
}

/** Shows the truth and measures the runs against it. */
export async function showTruth(context: DataContext, truth: TruthLayer): Promise<void> {
  const before = context.get().truth
  context.set({ truth, truthVisible: true })
  if (before && before.info.id !== truth.info.id) context.closeUnused([before.info.id])
  await context.get().measureRuns()
}

/** Replaces the images; the truth stays where it still fits, and what was predicted goes. */
export async function setImages(
  context: DataContext,
  images: readonly ImageLayer[],
): Promise<void> {
  const { get, set } = context
  const before = get().images
  const isSameFirst = before[0]?.info.id === images[0]?.info.id
  set({ images, prepared: null, prediction: { kind: 'none' } })
  if (!isSameFirst) {
    set({ activeRunId: null, crosshairVoxel: null })
    get().forgetGuesses()
    await refitTruth(context, images[0])
  }
  context.closeUnused(before.map(({ info }) => info.id))
}

async function refitTruth(context: DataContext, image: ImageLayer | undefined): Promise<void> {
  const { truth } = context.get()
  if (!truth || !image) return
  context.set({ truth: null })
  await context.attempt('data', truth.info.name, async () => {
    context.set({ truth: await fitTruth(context, truth.info, image, truth.label) })
  })
}

/** Gives an opened volume its part; the case it came into is then no longer the case as it was. */
export async function applyRole(
  context: DataContext,
  layer: ImageLayer,
  role: FileRole,
): Promise<void> {
  const { images } = context.get()
  const [image] = images
  switch (role) {
    case 'channel':
      await setImages(context, [...images, layer])
      break
    case 'image':
      await setImages(context, [layer])
      break
    case 'truth':
      if (!image) {
        throw new Failure('bad-request', 'A truth mask needs an image first: open the scan too.')
      }
      await showTruth(context, await fitTruth(context, layer.info, image, null))
  }
  context.set({ caseId: null, caseTitle: null })
}
