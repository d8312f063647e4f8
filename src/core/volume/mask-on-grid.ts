/** @file A truth mask or label volume on another grid: nearest neighbour, said so when it moved. */

import { Failure } from '../failure.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { largestShift, spacingOf } from './affine.ts'
import { orientationOf } from './orientation.ts'
import { type Grid, resample } from './resample.ts'
import { putChannel, spatialLayout, tensorDims } from './tensor-layout.ts'
import type { Volume } from './volume.ts'

export interface MaskOnGrid {
  /** 1 inside, i fastest. */
  readonly mask: Uint8Array<ArrayBuffer>
  readonly voxels: number
  /** Whole numbers above 0 that the file holds, rising; at most 1000 of them. */
  readonly labels: readonly number[]
  /** Set when the mask had to be resampled or cut at 0.5. */
  readonly note: string | null
}

/**
 * @param label only this value counts; absent = everything above 0 (above 0.5 where the file holds
 * shares between 0 and 1).
 * @throws Failure 'bad-file' when nothing is inside, or nothing of it lies on the grid.
 */
export function maskOnGrid(mask: Volume, grid: Grid, label?: number): MaskOnGrid {
  const { labels, isShare } = labelsOf(mask.data)
  checkLabel(labels, label)
  const notes: string[] = []
  const isSame =
    mask.dims.every((size, axis) => size === grid.dims[axis]) &&
    largestShift(grid.affine, mask.affine, grid.dims) < 0.01
  const values = isSame ? mask.data : resample(mask, grid, 'nearest')
  if (!isSame) {
    notes.push(
      `The mask lies on another grid (${describeGrid(mask)}) than the volume (${describeGrid(grid)}) and was resampled to it, nearest neighbour.`,
    )
  }
  if (isShare && label === undefined) notes.push('Its values from 0 to 1 were cut at 0.5.')
  const { inside, voxels } = threshold(values, isShare, label)
  if (voxels === 0) {
    throw new Failure(
      'bad-file',
      isSame
        ? 'The mask is empty above 0.5; choose another mask.'
        : 'The mask and the volume do not overlap in space; check that both come from the same scan or template.',
    )
  }
  return { mask: inside, voxels, labels, note: notes.length === 0 ? null : notes.join(' ') }
}

/**
 * The mask on the model's grid, dims = the image axes in tensor order. It may be empty where the
 * model's grid leaves the mask out.
 */
export function maskOnModelGrid(mask: Volume, grid: Grid, layout: string, label?: number): Tensor {
  const { labels, isShare } = labelsOf(mask.data)
  checkLabel(labels, label)
  const { inside } = threshold(resample(mask, grid, 'nearest'), isShare, label)
  const spatial = spatialLayout(layout)
  const dims = tensorDims(spatial, grid.dims, 1)
  const tensor: Tensor = { data: new Float32Array(inside.length), dims }
  putChannel(Float32Array.from(inside), grid.dims, tensor, spatial, 0)
  return tensor
}

function threshold(
  values: Float32Array,
  isShare: boolean,
  label: number | undefined,
): { readonly inside: Uint8Array<ArrayBuffer>; readonly voxels: number } {
  const inside = new Uint8Array(values.length)
  let voxels = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    const isIn = label === undefined ? value > (isShare ? 0.5 : 0) : Math.round(value) === label
    if (!isIn) continue
    inside[i] = 1
    voxels++
  }
  return { inside, voxels }
}

/** A share: some value lies strictly between 0 and 1 and none is above 1. */
function labelsOf(data: Float32Array): {
  readonly labels: readonly number[]
  readonly isShare: boolean
} {
  const labels = new Set<number>()
  let isFractional = false
  let max = 0
  let last = 0
  for (const value of data) {
    if (value === last) continue
    last = value
    if (value > max) max = value
    if (value > 0 && value < 1) isFractional = true
    if (value > 0 && Number.isInteger(value) && labels.size < 1000) labels.add(value)
  }
  if (max <= 0) {
    throw new Failure(
      'bad-file',
      'The mask is empty: no voxel has a value above 0; choose another mask.',
    )
  }
  return { labels: [...labels].sort((a, b) => a - b), isShare: isFractional && max <= 1 }
}

function checkLabel(labels: readonly number[], label: number | undefined): void {
  if (label === undefined || labels.includes(label)) return
  throw new Failure(
    'bad-request',
    `The mask has no label ${label}; its labels are ${labels.slice(0, 20).join(', ') || 'not whole numbers'}${labels.length > 20 ? ', ...' : ''}.`,
  )
}

function describeGrid({ dims, affine }: Grid): string {
  const spacing = spacingOf(affine).map((size) => String(Number(size.toPrecision(3))))
  return `${dims.join(' x ')}, ${spacing.join(' x ')} mm, ${orientationOf(affine)}`
}
