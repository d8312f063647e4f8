/** @file The letters at the four edges of a view, and what moving on the screen means in the patient. */

import { shortMm } from './short-number.ts'
import type { TileKind } from './tile-layout.ts'
import type { PointMm } from './viewer-types.ts'

export type SliceKind = Exclude<TileKind, 'render'>

export interface EdgeLetters {
  readonly left: string
  readonly right: string
  readonly top: string
  readonly bottom: string
}

/**
 * Radiological: the patient's left is on the viewer's right, and the nose of a sagittal view points
 * left. Neurological: the patient's left is on the viewer's left, and the nose points right.
 */
export function edgeLetters(kind: SliceKind, radiological: boolean): EdgeLetters {
  const [left, right] = radiological ? ['R', 'L'] : ['L', 'R']
  switch (kind) {
    case 'axial':
      return { left, right, top: 'A', bottom: 'P' }
    case 'coronal':
      return { left, right, top: 'S', bottom: 'I' }
    case 'sagittal':
      return radiological
        ? { left: 'A', right: 'P', top: 'S', bottom: 'I' }
        : { left: 'P', right: 'A', top: 'S', bottom: 'I' }
  }
}

/** Unit steps in the patient (x right, y anterior, z superior) for screen right, screen up, and deeper. */
export function screenAxes(
  kind: SliceKind,
  radiological: boolean,
): { readonly right: PointMm; readonly up: PointMm; readonly through: PointMm } {
  const side = radiological ? -1 : 1
  switch (kind) {
    case 'axial':
      return { right: [side, 0, 0], up: [0, 1, 0], through: [0, 0, 1] }
    case 'coronal':
      return { right: [side, 0, 0], up: [0, 0, 1], through: [0, 1, 0] }
    case 'sagittal':
      return { right: [0, side, 0], up: [0, 0, 1], through: [1, 0, 0] }
  }
}

/** Axis of the patient that a view cuts across: 0 x, 1 y, 2 z. */
export function throughAxis(kind: SliceKind): 0 | 1 | 2 {
  return kind === 'axial' ? 2 : kind === 'coronal' ? 1 : 0
}

/** "z −18.0 mm". */
export function slicePlace(kind: SliceKind, mm: PointMm): string {
  const axis = throughAxis(kind)
  return `${'xyz'.charAt(axis)} ${shortMm(mm[axis])}`
}
