/** @file One anatomy: one random warp of one template head. */

import type { Random } from '../../src/core/tensor/random.ts'
import type { WarpConfig } from './config.ts'
import { forEachVoxel, VOXELS } from './grid.ts'
import { sampleTrilinear } from './sample.ts'
import { isNear, type RegionName, regionNames, type Template } from './template.ts'
import { randomWarp, type Warp } from './warp.ts'

/** On the grid, x fastest. */
export interface Anatomy {
  /** Common scale times 127.5; 0 outside the brain. */
  readonly t1: Uint8Array
  /** 0, or 1 + the position of the region in `regionNames`. */
  readonly region: Uint8Array
  /** Soft mask of that region times 255. */
  readonly weight: Uint8Array
  /** What it was made of. */
  readonly template: Template
  readonly warp: Warp
}

/** A weaker mask than this is no region. */
const LEAST_WEIGHT = 0.02
/** A darker voxel than this is outside the brain. */
const LEAST_T1 = 0.1

export function makeAnatomy(random: Random, template: Template, config: WarpConfig): Anatomy {
  const warp = randomWarp(random, config)
  const made = {
    t1: new Uint8Array(VOXELS),
    region: new Uint8Array(VOXELS),
    weight: new Uint8Array(VOXELS),
    template,
    warp,
  }
  const mm = new Float64Array(3)
  forEachVoxel((index, x, y, z) => {
    warp(x, y, z, mm)
    const [tx = 0, ty = 0, tz = 0] = mm
    lookAt(made, index, tx, ty, tz)
  })
  return made
}

/** Voxel `index` shows the template at these millimetres. */
export function lookAt(
  { t1, region, weight, template }: Anatomy,
  index: number,
  x: number,
  y: number,
  z: number,
): void {
  const { dims, inverse: m } = template
  const i = m[0] * x + m[1] * y + m[2] * z + m[3]
  const j = m[4] * x + m[5] * y + m[6] * z + m[7]
  const k = m[8] * x + m[9] * y + m[10] * z + m[11]
  const value = sampleTrilinear(template.t1, dims, i, j, k)
  t1[index] = value > LEAST_T1 ? Math.min(Math.round(value * 127.5), 255) : 0
  let most = 0
  let which = 0
  for (let r = 0; r < template.regions.length; r++) {
    const place = template.regions[r]
    if (!place || !isNear(place, i, j, k)) continue
    const share = sampleTrilinear(place.mask, dims, i, j, k)
    if (share > most) {
      most = share
      which = r + 1
    }
  }
  weight[index] = Math.round(most * 255)
  region[index] = most > LEAST_WEIGHT ? which : 0
}

/** 1 where the soft mask of the region is above one half. */
export function regionMask({ region, weight }: Anatomy, name: RegionName): Uint8Array<ArrayBuffer> {
  const wanted = regionNames.indexOf(name) + 1
  const mask = new Uint8Array(VOXELS)
  for (let i = 0; i < VOXELS; i++) {
    if (region[i] === wanted && (weight[i] as number) > 127.5) mask[i] = 1
  }
  return mask
}
