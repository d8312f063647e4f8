/** @file A small case of the user's own: a volume with a bright ball, a mask of it, a model, a card. */

import { readFileSync } from 'node:fs'
import type { DroppedFile } from './viewer-page.ts'
import { makeNifti } from './volumes.ts'

/** The input of parity/fixtures/methods/cnn3d.onnx along i, j, k. */
export const dims = [17, 16, 18] as const
const ballRadius = 4

/** Distance to the centre of the ball, in voxels. */
function distance(i: number, j: number, k: number): number {
  return Math.hypot(i - 6, j - 9, k - 8)
}

export const scan: DroppedFile = {
  name: 'head.nii.gz',
  bytes: makeNifti({
    dims,
    spacingMm: 2,
    value: (i, j, k) =>
      100 + 20 * Math.sin(i + 2 * j + 3 * k) + (distance(i, j, k) < ballRadius ? 80 : 0),
  }),
}

export const mask: DroppedFile = {
  name: 'head_mask.nii.gz',
  bytes: makeNifti({
    dims,
    spacingMm: 2,
    value: (i, j, k) => Number(distance(i, j, k) < ballRadius),
  }),
}

/** The same ball on a grid with voxels of half the size. */
export const fineMask: DroppedFile = {
  name: 'fine_mask.nii.gz',
  bytes: makeNifti({
    dims: [34, 32, 36],
    spacingMm: 1,
    value: (i, j, k) => Number(distance((i - 0.5) / 2, (j - 0.5) / 2, (k - 0.5) / 2) < ballRadius),
  }),
}

export const emptyMask: DroppedFile = {
  name: 'empty_mask.nii.gz',
  bytes: makeNifti({ dims, spacingMm: 2, value: () => 0 }),
}

const readFixture = (path: string): Buffer => readFileSync(new URL(path, import.meta.url))

/** Three classes from 17 x 16 x 18 voxels. */
export const model: DroppedFile = {
  name: 'balls.onnx',
  bytes: readFixture('../parity/fixtures/methods/cnn3d.onnx'),
}

/** Two classes from 12 x 12 x 12 voxels, through an operator that has no gradient rule. */
export const modelWithoutRule: DroppedFile = {
  name: 'no-gradient-rule.onnx',
  bytes: readFixture('files/no-gradient-rule.onnx'),
}

/** Two numbers from 17 x 16 x 18 voxels; where a voxel is 0 the gradient is not a number. */
export const rootOfSquare: DroppedFile = {
  name: 'root.onnx',
  bytes: readFixture('files/root-of-square.onnx'),
}

export function cardFile(name: string, card: Readonly<Record<string, unknown>>): DroppedFile {
  return { name, bytes: Buffer.from(JSON.stringify(card)) }
}

export const card = cardFile('balls.card.json', {
  title: 'Ball finder',
  orientation: 'RAS',
  layout: 'NCIJK',
  shape: [...dims],
  fit: 'crop-or-pad',
  intensity: [{ kind: 'z-score', scope: 'everywhere' }],
  channels: [{ name: 'T1w', volume: 0 }],
  classNames: ['no ball', 'ball', 'two balls'],
  output: 'logits',
})
