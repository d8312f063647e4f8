/** @file The vessels of one lung. */

import type { Random } from '../../src/core/tensor/random.ts'
import { between } from '../cohort/streams.ts'
import { clamp, coordinate, PIXELS, type Plane, planeOf, SIZE } from './plane.ts'

interface Branch {
  readonly x: number
  readonly y: number
  readonly angle: number
  readonly width: number
  readonly depth: number
}

/** Branches that leave the hilum, thin and thinner: largest opacity per pixel. */
export function drawVessels(random: Random, hilum: readonly [number, number], side: 1 | -1): Plane {
  const opacity = new Float32Array(PIXELS)
  const stack: Branch[] = Array.from({ length: 5 + random.integer(4) }, () => ({
    x: hilum[0],
    y: hilum[1],
    angle: between(random, [-1.4, 1.4]) + (side > 0 ? 0 : Math.PI),
    width: between(random, [0.8, 1.5]),
    depth: 0,
  }))
  for (let branch = stack.pop(); branch; branch = stack.pop()) {
    const end = followBranch(random, opacity, branch)
    if (branch.depth >= 3) continue
    for (const turn of [between(random, [0.2, 0.7]), -between(random, [0.2, 0.7])]) {
      const angle = end.angle + turn
      stack.push({ ...end, angle, width: end.width * 0.8, depth: branch.depth + 1 })
    }
  }
  drawCrossSections(random, opacity, hilum, side)
  return opacity
}

function followBranch(random: Random, opacity: Plane, start: Branch): Branch {
  let { x, y, angle, width } = start
  const steps = 7 + random.integer(9)
  for (let step = 0; step < steps; step++) {
    angle += 0.18 * random.normal()
    x += 0.022 * Math.cos(angle)
    y += 0.022 * Math.sin(angle)
    const cx = ((x + 1) * SIZE) / 2 - 0.5
    const cy = ((y + 1) * SIZE) / 2 - 0.5
    const reach = Math.ceil(width + 1)
    const i = Math.round(cx)
    const j = Math.round(cy)
    if (Math.min(i, j) < reach || Math.max(i, j) >= SIZE - reach) break
    const strength = Math.min(1, 0.35 + 0.4 * width)
    for (let v = j - reach; v <= j + reach; v++) {
      for (let u = i - reach; u <= i + reach; u++) {
        const spot = clamp(width - Math.hypot(u - cx, v - cy) + 0.5) * strength
        const at = u + SIZE * v
        opacity[at] = Math.max(opacity[at] as number, spot)
      }
    }
    width *= 0.965
  }
  return { ...start, x, y, angle, width }
}

/** Vessels that cross the slice are short, round and small: a nodule's look-alikes. */
function drawCrossSections(
  random: Random,
  opacity: Plane,
  hilum: readonly [number, number],
  side: 1 | -1,
): void {
  const count = 6 + random.integer(8)
  for (let n = 0; n < count; n++) {
    const cx = hilum[0] + side * between(random, [0.02, 0.45])
    const cy = hilum[1] + between(random, [-0.5, 0.5])
    const radius = between(random, [0.5, 1.1])
    const strength = between(random, [0.4, 0.9])
    const spot = planeOf((i, j) => {
      const far = (Math.hypot(coordinate(i) - cx, coordinate(j) - cy) * SIZE) / 2
      return clamp(radius - far + 0.5) * strength
    })
    for (let at = 0; at < PIXELS; at++) {
      opacity[at] = Math.max(opacity[at] as number, spot[at] as number)
    }
  }
}
