/** @file A generated axial chest slice without a nodule, in Hounsfield units. */

import type { Random } from '../../src/core/tensor/random.ts'
import { between } from '../cohort/streams.ts'
import {
  clamp,
  coordinate,
  ellipse,
  inside,
  mix,
  PIXELS,
  type Plane,
  planeOf,
  SIZE,
  smoothNoise,
} from './plane.ts'
import { drawVessels } from './vessels.ts'

const AIR = -1000
const LUNG = -840
const FAT = -95
const MUSCLE = 45
const BLOOD = 60
const BONE = 520
const SIDES = [-1, 1] as const

interface Thorax {
  readonly image: Plane
  /** Soft mask. */
  readonly lungs: Plane
}

export function drawThorax(random: Random): Thorax {
  const bendX = smoothNoise(random, 14, 0.02)
  const bendY = smoothNoise(random, 14, 0.02)
  const x = planeOf((i, _, at) => coordinate(i) + (bendX[at] as number))
  const y = planeOf((_, j, at) => coordinate(j) + (bendY[at] as number))
  const draw = (low: number, high: number) => between(random, [low, high])
  const shape = (
    centre: readonly [number, number],
    radii: readonly [number, number],
    turn?: number,
  ) => ellipse(x, y, turn === undefined ? { centre, radii } : { centre, radii, turn }).map(inside)

  const width = draw(0.84, 0.93)
  const depth = draw(0.6, 0.7)
  const body = ellipse(x, y, { centre: [0, 0], radii: [width, depth] })
  const image = new Float32Array(PIXELS).fill(AIR)
  mix(image, body.map(inside), FAT)
  const fat = draw(0.04, 0.09)
  const within = (share: number) => body.map((distance) => inside(distance / (1 - share)))
  mix(image, within(fat), MUSCLE)
  const wall = fat + draw(0.12, 0.16)
  const chest = within(wall)
  const middle = draw(0.17, 0.24)
  const lungs = new Float32Array(PIXELS)
  const hila: (readonly [number, number])[] = []
  for (const side of SIDES) {
    const centre = [side * width * 0.46, draw(-0.04, 0.02)] as const
    const radii = [width * 0.4, depth * draw(0.76, 0.84)] as const
    const lung = shape(centre, radii, side * draw(-0.12, 0.12))
    for (let at = 0; at < PIXELS; at++) {
      const fromMiddle = side * (x[at] as number) - middle * (1 - 0.35 * (y[at] as number))
      const share = (chest[at] as number) * clamp((fromMiddle * SIZE) / 3 + 0.5)
      lungs[at] = Math.max(lungs[at] as number, (lung[at] as number) * share)
    }
    hila.push([side * (middle + 0.03), draw(-0.1, 0.05)])
  }
  const shift = draw(0.04, 0.14)
  const heart = shape([-shift, draw(0.08, 0.2)], [draw(0.24, 0.36), 0.24], draw(0, 0.5))
  const aorta = shape([-draw(0.1, 0.16), -0.24], [0.075, 0.075])
  for (let at = 0; at < PIXELS; at++) {
    lungs[at] = (lungs[at] as number) * (1 - (heart[at] as number)) * (1 - (aorta[at] as number))
  }
  mix(image, heart, BLOOD)
  mix(image, aorta, BLOOD + 25)
  mix(image, shape([0, -depth * 0.62], [0.115, 0.1]), BONE * 0.55)
  mix(image, shape([0, -depth * 0.62 - 0.13], [0.035, 0.07]), BONE * 0.6)
  mix(image, shape([0, depth * (1 - wall) * 1.02], [0.11, 0.03]), BONE * 0.5)
  for (const side of SIDES) {
    const ring = 1 - fat - (wall - fat) * 0.6
    const step = draw(0.34, 0.46)
    const turn = draw(-0.1, 0.1)
    for (let base = -1.2; base < 1.3; base += step) {
      const angle = base + turn
      const centre = [
        side * width * ring * Math.cos(angle),
        depth * ring * Math.sin(angle),
      ] as const
      const along = Math.atan2(depth * Math.cos(angle), -side * width * Math.sin(angle))
      const rib = shape(centre, [draw(0.05, 0.1), 0.024], along)
      mix(image, without(rib, lungs), BONE * draw(0.6, 1))
    }
  }
  fillLungs(random, image, lungs, y, hila, shape)
  return { image, lungs }
}

/** Air, darker to the front, with its texture, vessels and the main bronchi. */
function fillLungs(
  random: Random,
  image: Plane,
  lungs: Plane,
  y: Plane,
  hila: readonly (readonly [number, number])[],
  shape: (centre: readonly [number, number], radii: readonly [number, number]) => Plane,
): void {
  const level = LUNG + between(random, [-40, 40])
  const coarse = smoothNoise(random, 6, 18)
  const fine = smoothNoise(random, 1.2, 14)
  for (let at = 0; at < PIXELS; at++) {
    const air = level - 60 * (y[at] as number) + (coarse[at] as number) + (fine[at] as number)
    const below = image[at] as number
    image[at] = below + (lungs[at] as number) * (air - below)
  }
  for (const [n, side] of SIDES.entries()) {
    const hilum = hila[n] ?? [0, 0]
    const vessels = drawVessels(random, hilum, side)
    mix(
      image,
      vessels.map((opacity, at) => opacity * (lungs[at] as number)),
      20,
    )
    mix(image, shape(hilum, [0.034, 0.034]), -900)
  }
}

function without(mask: Plane, other: Plane): Plane {
  return mask.map((value, at) => value * (1 - (other[at] as number)))
}
