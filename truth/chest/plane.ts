/** @file Drawing on one slice: soft shapes, mixing, smooth noise. Pixel index = i + SIZE * j. */

import type { Random } from '../../src/core/tensor/random.ts'
import { smooth } from '../../src/core/tensor/smooth.ts'

export const SIZE = 96
export const PIXELS = SIZE ** 2

/** One number per pixel. */
export type Plane = Float32Array<ArrayBuffer>

export function planeOf(value: (i: number, j: number, index: number) => number): Plane {
  const plane = new Float32Array(PIXELS)
  let index = 0
  for (let j = 0; j < SIZE; j++) for (let i = 0; i < SIZE; i++) plane[index] = value(i, j, index++)
  return plane
}

/** In [-1, 1] from edge to edge: the centre of pixel `i`. */
export function coordinate(i: number): number {
  return ((i + 0.5) / SIZE) * 2 - 1
}

export function blur(plane: Plane, sigma: number): Plane {
  return smooth({ dims: [SIZE, SIZE], data: plane }, sigma, [0, 1]).data
}

/** Blurred white noise of standard deviation `amplitude`. */
export function smoothNoise(random: Random, sigma: number, amplitude: number): Plane {
  const values = new Float64Array(PIXELS)
  random.fillNormal(values)
  const plane = blur(Float32Array.from(values), sigma)
  const mean = plane.reduce((a, b) => a + b, 0) / PIXELS
  const variance = plane.reduce((sum, value) => sum + (value - mean) ** 2, 0) / PIXELS
  return plane.map((value) => (value * amplitude) / Math.sqrt(variance))
}

/** Soft membership, one pixel wide, of a region given by distance < 1 in half widths. */
export function inside(distance: number): number {
  return clamp(((1 - distance) * SIZE) / 5 + 0.5)
}

export function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1)
}

interface Ellipse {
  readonly centre: readonly [number, number]
  readonly radii: readonly [number, number]
  readonly turn?: number
}

/** Distance of every point from the centre, 1 on the outline. */
export function ellipse(xs: Plane, ys: Plane, { centre, radii, turn = 0 }: Ellipse): Plane {
  const cosine = Math.cos(turn)
  const sine = Math.sin(turn)
  return xs.map((x, at) => {
    const dx = x - centre[0]
    const dy = (ys[at] as number) - centre[1]
    return Math.hypot((dx * cosine + dy * sine) / radii[0], (dy * cosine - dx * sine) / radii[1])
  })
}

/** Lays `value` over the image, as far as the mask says. */
export function mix(image: Plane, mask: Plane, value: number): void {
  for (let at = 0; at < PIXELS; at++) {
    const below = image[at] as number
    image[at] = below + (mask[at] as number) * (value - below)
  }
}
