/** @file Held-out chest slices with a nodule, and their twins without. No source data. */

import type { Random } from '../../src/core/tensor/random.ts'
import type { Affine } from '../../src/core/volume/volume.ts'
import type { NoduleConfig } from '../cohort/config.ts'
import { between, type Split, streamOf } from '../cohort/streams.ts'
import type { Subject } from '../cohort/subject.ts'
import { blur, clamp, PIXELS, type Plane, planeOf, SIZE, smoothNoise } from './plane.ts'
import { drawThorax } from './thorax.ts'

const SPACING_MM = 3.6
const SLICE_MM = 5
const EDGE_MM = (-SPACING_MM * (SIZE - 1)) / 2

const affine: Affine = [
  SPACING_MM,
  0,
  0,
  EDGE_MM,
  0,
  SPACING_MM,
  0,
  EDGE_MM,
  0,
  0,
  SLICE_MM,
  0,
  0,
  0,
  0,
  1,
]

/** Waves on the outline: how often around, and how high. */
const WAVES = [
  [2, 0.09],
  [3, 0.09],
  [5, 0.06],
  [7, 0.05],
] as const

/** Slice `index` of a split, 96 x 96 x 1, in whole Hounsfield units. */
export function makeChestSlice(
  config: { readonly seed: number; readonly signal: NoduleConfig },
  split: Split,
  index: number,
): Subject {
  const random = streamOf(config.seed, split, 'slice', index)
  const { image: clean, lungs } = drawThorax(random)
  const mask = drawNodule(random, lungs, config.signal)
  const value = between(random, config.signal.hounsfield)
  const nodule = clean.map((below, at) => below + (mask[at] as number) * (value - below))
  // Noise of a reconstructed slice has a grain of about a pixel.
  const noise = smoothNoise(random, 0.6, between(random, config.signal.noise))
  const finish = (plane: Plane) =>
    blur(plane, 0.45).map((hounsfield, at) =>
      Math.round(Math.min(Math.max(hounsfield + (noise[at] as number), -1024), 1500)),
    )
  return {
    image: finish(nodule),
    twin: finish(clean),
    truth: Uint8Array.from(mask, (share) => (share > 0.5 ? 1 : 0)),
    dims: [SIZE, SIZE, 1],
    affine,
  }
}

/** Soft mask of a lobulated or spiculated nodule whose centre lies in a lung. */
function drawNodule(random: Random, lungs: Plane, config: NoduleConfig): Plane {
  const places: number[] = []
  for (let at = 0; at < PIXELS; at++) if ((lungs[at] as number) > 0.95) places.push(at)
  const chosen = places[random.integer(places.length)] ?? 0
  const cx = (chosen % SIZE) + between(random, [-0.5, 0.5])
  const cy = Math.floor(chosen / SIZE) + between(random, [-0.5, 0.5])
  const radius = between(random, config.radius_mm) / SPACING_MM
  const waves = WAVES.map(([order, height]) => ({
    order,
    height: height * random.normal(),
    phase: between(random, [0, 2 * Math.PI]),
  }))
  const squash = between(random, [0.8, 1])
  const turn = between(random, [0, Math.PI])
  return planeOf((i, j, at) => {
    const [dx, dy] = [i - cx, j - cy]
    const angle = Math.atan2(dy, dx)
    const bump = waves.reduce(
      (sum, { order, height, phase }) => sum + height * Math.cos(order * angle + phase),
      0,
    )
    const along = dx * Math.cos(turn) + dy * Math.sin(turn)
    const across = (dy * Math.cos(turn) - dx * Math.sin(turn)) / squash
    const share = clamp(radius * (1 + bump) - Math.hypot(along, across) + 0.5)
    return share * clamp((lungs[at] as number) * 1.3)
  })
}
