/** @file Moving the crosshair by whole voxels, for wheel, keys and pointer alike. */

import type { Triple } from '../core/volume/affine.ts'
import { type SliceKind, screenAxes } from './orientation-letters.ts'

export type ScreenDirection = 'deeper' | 'down' | 'left' | 'right' | 'shallower' | 'up'

/** One voxel on the screen's terms; stays inside the volume. */
export function stepVoxel(
  voxel: Triple,
  dims: Triple,
  kind: SliceKind,
  radiological: boolean,
  direction: ScreenDirection,
  count = 1,
): Triple {
  const { right, up, through } = screenAxes(kind, radiological)
  const [axis, sign] = {
    right: [right, 1],
    left: [right, -1],
    up: [up, 1],
    down: [up, -1],
    deeper: [through, 1],
    shallower: [through, -1],
  }[direction] as [Triple, number]
  const next = (p: 0 | 1 | 2): number =>
    Math.min(dims[p] - 1, Math.max(0, voxel[p] + axis[p] * sign * count))
  return [next(0), next(1), next(2)]
}

/** Arrow keys move in the view, Page Up and Page Down through it (up: towards head, nose, right). */
export function directionOfKey(key: string): ScreenDirection | null {
  switch (key) {
    case 'ArrowLeft':
      return 'left'
    case 'ArrowRight':
      return 'right'
    case 'ArrowUp':
      return 'up'
    case 'ArrowDown':
      return 'down'
    case 'PageUp':
      return 'deeper'
    case 'PageDown':
      return 'shallower'
    default:
      return null
  }
}

/**
 * A wheel turns in notches of about 100 units, a touchpad in many small ones: whole steps come out,
 * the rest is kept.
 */
export function createWheelSteps(unitsPerStep = 60): (delta: number, mode: number) => number {
  let rest = 0
  return (delta, mode) => {
    if (mode !== 0) return Math.sign(delta)
    if (Math.abs(delta) >= unitsPerStep) {
      rest = 0
      return Math.sign(delta)
    }
    rest += delta
    const steps = Math.trunc(rest / unitsPerStep)
    rest -= steps * unitsPerStep
    return steps
  }
}
