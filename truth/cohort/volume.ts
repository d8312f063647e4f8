/** @file Subjects whose label is the volume of a region. */

import { dilate } from '../measure/dilate.ts'
import { type Anatomy, lookAt, regionMask } from './anatomy.ts'
import type { VolumeConfig } from './config.ts'
import { forEachVoxel, SIZE } from './grid.ts'
import { flowOf, type Shares } from './shrinker.ts'
import { between, type streamOf } from './streams.ts'
import { type RegionName, regionNames } from './template.ts'

/** Voxels by which the truth reaches beyond the region, as in Siegel et al. (2025). */
const TRUTH_MARGIN = 2

export interface VolumePair {
  /** The region is shrunk. */
  readonly shrunk: Anatomy
  /** Its twin: the region has its usual volume; all else is the same. */
  readonly usual: Anatomy
  /** The region in either of the two, widened: what is seen of a volume is its boundary. */
  readonly truth: Uint8Array<ArrayBuffer>
}

/** The other regions shrink, grow or stay, in equal parts and by chances of their own. */
export function drawVolumes(
  anatomy: Anatomy,
  region: RegionName,
  config: VolumeConfig,
  random: ReturnType<typeof streamOf>,
): VolumePair {
  const ranges = [config.shrunk, config.usual, config.grown]
  const others = Object.fromEntries(
    regionNames.map((name) => [name, between(random, ranges[random.integer(3)] ?? config.usual)]),
  ) as Shares
  const usual = withVolumes(anatomy, { ...others, [region]: between(random, config.usual) })
  const shrunk = withVolumes(anatomy, { ...others, [region]: between(random, config.shrunk) })
  const before = regionMask(usual, region)
  const after = regionMask(shrunk, region)
  const either = before.map((inside, at) => inside | (after[at] as number))
  return { shrunk, usual, truth: dilate(either, [SIZE, SIZE, SIZE], TRUTH_MARGIN) }
}

/** The anatomy with every region at its wanted share of its volume. */
export function withVolumes(anatomy: Anatomy, wanted: Shares): Anatomy {
  const { t1, region, weight, template, warp } = anatomy
  const changed = { template, warp, t1: t1.slice(), region: region.slice(), weight: weight.slice() }
  const flow = flowOf(template, wanted)
  const mm = new Float64Array(3)
  forEachVoxel((index, x, y, z) => {
    warp(x, y, z, mm)
    if (!flow(mm)) return
    const [tx = 0, ty = 0, tz = 0] = mm
    lookAt(changed, index, tx, ty, tz)
  })
  return changed
}
