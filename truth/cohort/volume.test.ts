import { expect, test } from 'vitest'
import { createRandom } from '../../src/core/tensor/random.ts'
import type { Affine } from '../../src/core/volume/volume.ts'
import { loadConfig, testCohort } from '../testing/committed-cohort.ts'
import { type Anatomy, regionMask } from './anatomy.ts'
import { isBrain } from './config.ts'
import { forEachVoxel, ORIGIN_MM, SIZE, SPACING_MM, VOXELS } from './grid.ts'
import { flowOf } from './shrinker.ts'
import { type RegionName, regionNames, type Template } from './template.ts'
import { drawVolumes, withVolumes } from './volume.ts'

/** One ball a region, MNI millimetres; far enough from each other to be measured one by one. */
const balls: Readonly<Record<RegionName, readonly [number, number, number]>> = {
  hippocampus: [26, -20, -10],
  putamen: [-28, 6, 6],
  caudate: [-24, -34, 20],
  thalamus: [2, -8, 28],
}
const RADIUS_MM = 9

/** On the grid itself: 2 mm. */
const template: Template = {
  dims: [SIZE, SIZE, SIZE],
  inverse: ORIGIN_MM.flatMap((origin, row) =>
    [0, 1, 2, 3].map((column) =>
      column === 3 ? -origin / SPACING_MM : row === column ? 1 / SPACING_MM : 0,
    ),
  ) as unknown as Affine,
  t1: softBall([0, -16, 8], 70),
  regions: regionNames.map((name) => ({
    mask: softBall(balls[name], RADIUS_MM),
    low: [0, 0, 0],
    high: [SIZE, SIZE, SIZE],
  })),
}

function softBall([cx, cy, cz]: readonly [number, number, number], radius: number): Float32Array {
  const mask = new Float32Array(VOXELS)
  forEachVoxel((at, x, y, z) => {
    const distance = Math.hypot(x - cx, y - cy, z - cz)
    mask[at] = Math.min(Math.max((radius - distance) / SPACING_MM + 0.5, 0), 1)
  })
  return mask
}

/** The template as it is. */
const anatomy: Anatomy = {
  ...storedTemplate(),
  template,
  warp: (x, y, z, out) => out.set([x, y, z]),
}

function storedTemplate() {
  const weight = new Uint8Array(VOXELS)
  const region = new Uint8Array(VOXELS)
  for (const [r, { mask }] of template.regions.entries())
    for (let at = 0; at < VOXELS; at++)
      if (mask[at]! > 0) {
        weight[at] = Math.round(255 * mask[at]!)
        if (mask[at]! > 0.02) region[at] = r + 1
      }
  return { t1: Uint8Array.from(template.t1, (value) => Math.round(value * 127.5)), region, weight }
}

const usual = { hippocampus: 1, putamen: 1, caudate: 1, thalamus: 1 }

function volumesOf({ region, weight }: Anatomy): readonly number[] {
  const sums = [0, 0, 0, 0]
  for (let at = 0; at < VOXELS; at++) if (region[at]) sums[region[at]! - 1]! += weight[at]! / 255
  return sums
}

test.each([
  ['hippocampus', 0.5],
  ['putamen', 0.65],
  ['caudate', 1.3],
  ['thalamus', 0.97],
] as const)('%s is left with %f of its volume, the others with theirs', (name, share) => {
  const before = volumesOf(anatomy)
  const after = volumesOf(withVolumes(anatomy, { ...usual, [name]: share }))
  for (const [r, other] of regionNames.entries())
    expect(Math.abs(after[r]! / before[r]! - (other === name ? share : 1))).toBeLessThan(0.03)
})

test('nothing changes where every share is 1', () => {
  const same = withVolumes(anatomy, usual)
  for (const part of ['t1', 'region', 'weight'] as const) {
    const [now, before] = [same[part], anatomy[part]]
    expect(now.findIndex((value, at) => Math.abs(value - before[at]!) > 1)).toBe(-1)
  }
})

test('points keep their order along a line through a shrinking ball: nothing folds', () => {
  const flow = flowOf(template, { ...usual, hippocampus: 0.3 })
  const [x, y, z] = balls.hippocampus
  const mm = new Float64Array(3)
  let last = Number.NEGATIVE_INFINITY
  for (let step = -18; step <= 18; step += 0.5) {
    mm.set([x + step, y, z])
    flow(mm)
    expect(mm[0]!).toBeGreaterThan(last)
    last = mm[0]!
  }
  // Looking further out is what makes it small.
  mm.set([x + 6, y, z])
  expect(flow(mm)).toBe(true)
  expect(mm[0]! - x).toBeGreaterThan(8)
  mm.set([60, 60, 60])
  expect(flow(mm)).toBe(false)
})

test('the volumes of the other regions are the same in both twins, and drawn anew for each', () => {
  const config = loadConfig('hippocampal-volume')
  if (config.signal.kind !== 'volume') throw new Error('no volumes')
  const kinds = { shrunk: 0, usual: 0, grown: 0 }
  const before = volumesOf(anatomy)
  for (let seed = 0; seed < 6; seed++) {
    const pair = drawVolumes(anatomy, 'hippocampus', config.signal, createRandom(seed))
    const [small, normal] = [volumesOf(pair.shrunk), volumesOf(pair.usual)]
    const { shrunk } = config.signal
    expect(small[0]! / before[0]!).toBeGreaterThan(shrunk[0] - 0.03)
    expect(small[0]! / before[0]!).toBeLessThan(shrunk[1] + 0.03)
    expect(Math.abs(normal[0]! / before[0]! - 1)).toBeLessThan(0.06)
    for (const r of [1, 2, 3]) {
      expect(small[r]).toBe(normal[r])
      const share = small[r]! / before[r]!
      kinds[share < 0.9 ? 'shrunk' : share > 1.1 ? 'grown' : 'usual']++
    }
  }
  for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(1)
})

test('on a real head the truth holds the region of both twins and nearly all that differs', () => {
  const config = loadConfig('hippocampal-volume')
  if (!isBrain(config)) throw new Error('no heads')
  const { image, twin, truth } = testCohort.subject(config, 'test', 3)
  const head = testCohort.anatomy(config, 'test', 3)
  const region = regionMask(head, 'hippocampus')
  const flipped = region.slice()
  for (let row = 0; row < VOXELS; row += SIZE) flipped.subarray(row, row + SIZE).reverse()
  const outside = (mask: Uint8Array) => mask.filter((inside, at) => inside && !truth[at]).length
  expect(Math.min(outside(region), outside(flipped))).toBe(0)
  let [inside, all] = [0, 0]
  for (let at = 0; at < VOXELS; at++) {
    const change = Math.abs(image[at]! - twin[at]!)
    all += change
    if (truth[at]) inside += change
  }
  expect(inside / all).toBeGreaterThan(0.8)
})
