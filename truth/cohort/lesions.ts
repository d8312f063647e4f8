/** @file White-matter lesions of natural shape: near the ventricles, few or many, soft at the edge. */

import type { Random } from '../../src/core/tensor/random.ts'
import type { LesionConfig } from './config.ts'
import { SIZE, SPACING_MM, VOXELS } from './grid.ts'
import type { LesionMaps } from './lesion-maps.ts'
import { sampleAtEdge } from './sample.ts'
import { between } from './streams.ts'

/** Voxels of the cube a lesion is drawn in. */
const BOX = 17
const REACH = Math.floor(BOX / 2)
/** Noise values a side that make the outline bumpy. */
const BUMPS = 6

/** Soft mask, and strength from 0 to 1, of every voxel. */
export interface Lesions {
  readonly mask: Float32Array
  readonly strength: Float32Array
}

export function drawLesions(random: Random, maps: LesionMaps, config: LesionConfig): Lesions {
  const [fewest, most] = config.count
  const count = Math.floor(fewest + (most - fewest + 1) * random.uniform() ** 1.5)
  const lesions = { mask: new Float32Array(VOXELS), strength: new Float32Array(VOXELS) }
  for (let n = 0; n < count; n++) {
    const centre = pick(maps.cumulative, random.uniform())
    const shape = lesionShape(random, config)
    place(lesions, maps, centre, shape, random.uniform())
  }
  return lesions
}

/** The first voxel whose running sum reaches this share of the whole. */
function pick(cumulative: Float64Array, share: number): number {
  const wanted = share * (cumulative[VOXELS - 1] as number)
  let low = 0
  let high = VOXELS - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cumulative[middle] as number) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** Soft mask of 17 voxels a side: an ellipsoid whose radius is modulated by smooth noise. */
function lesionShape(random: Random, config: LesionConfig): Float32Array {
  // Small ones are common: the square of a uniform draw.
  const [small, large] = config.radius_mm
  const radius = (small + (large - small) * random.uniform() ** 2) / SPACING_MM
  const stretch = [between(random, [1, 1.9]), 1, between(random, [0.65, 1])]
  const offset = [random.uniform() - 0.5, random.uniform() - 0.5, random.uniform() - 0.5]
  const axes = randomAxes(random)
  const noise = new Float64Array(BUMPS ** 3)
  random.fillNormal(noise)
  const bumps = [Float32Array.from(noise)]
  const bump = new Float64Array(1)
  const scale = (BUMPS - 1) / (BOX - 1)
  const shape = new Float32Array(BOX ** 3)
  let index = 0
  for (let k = 0; k < BOX; k++) {
    for (let j = 0; j < BOX; j++) {
      for (let i = 0; i < BOX; i++) {
        const point = [i, j, k].map((at, axis) => at - REACH - (offset[axis] ?? 0))
        const along = axes.map(
          (axis, n) =>
            axis.reduce((sum, value, m) => sum + value * (point[m] ?? 0), 0) / (stretch[n] ?? 1),
        )
        sampleAtEdge(bumps, BUMPS, i * scale, j * scale, k * scale, bump)
        const limit = radius * (1 + config.roughness * (bump[0] as number))
        shape[index++] = Math.min(Math.max(limit - Math.hypot(...along) + 0.5, 0), 1)
      }
    }
  }
  return shape
}

/** Three orthonormal directions, uniform over rotations and reflections: Gram-Schmidt. */
function randomAxes(random: Random): readonly (readonly number[])[] {
  const axes: number[][] = []
  while (axes.length < 3) {
    let axis = [random.normal(), random.normal(), random.normal()]
    for (const other of axes) {
      const shared = axis.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0)
      axis = axis.map((value, i) => value - shared * (other[i] ?? 0))
    }
    const length = Math.hypot(...axis)
    if (length > 1e-6) axes.push(axis.map((value) => value / length))
  }
  return axes
}

/** Only white matter takes a lesion; where two overlap, the denser one decides the strength. */
function place(
  { mask, strength }: Lesions,
  { white }: LesionMaps,
  centre: number,
  shape: Float32Array,
  level: number,
): void {
  const start = [
    (centre % SIZE) - REACH,
    (Math.floor(centre / SIZE) % SIZE) - REACH,
    Math.floor(centre / (SIZE * SIZE)) - REACH,
  ]
  for (let index = 0; index < shape.length; index++) {
    const i = (start[0] as number) + (index % BOX)
    const j = (start[1] as number) + (Math.floor(index / BOX) % BOX)
    const k = (start[2] as number) + Math.floor(index / (BOX * BOX))
    if (Math.min(i, j, k) < 0 || Math.max(i, j, k) >= SIZE) continue
    const at = i + SIZE * (j + SIZE * k)
    const piece = (shape[index] as number) * (white[at] as number)
    if (piece <= (mask[at] as number)) continue
    mask[at] = piece
    strength[at] = level
  }
}
