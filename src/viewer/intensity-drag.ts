/** @file Window and level by dragging, as on a radiology workstation. */

import type { IntensityWindow } from './viewer-types.ts'

/**
 * To the right widens the window (twice per 250 pixels), upwards raises nothing but the level:
 * dragging down makes the picture brighter, by one window width per 400 pixels.
 */
export function draggedWindow(start: IntensityWindow, dx: number, dy: number): IntensityWindow {
  const width = start.high - start.low
  const nextWidth = width * 2 ** (dx / 250)
  const level = (start.low + start.high) / 2 - (width * dy) / 400
  return { low: level - nextWidth / 2, high: level + nextWidth / 2 }
}
