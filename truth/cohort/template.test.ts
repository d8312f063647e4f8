import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applyAffine } from '../../src/core/volume/affine.ts'
import { loadTemplate } from '../testing/committed-cohort.ts'
import { sampleTrilinear } from './sample.ts'
import { isNear, regionNames } from './template.ts'

const folder = new URL('../templates/', import.meta.url)

test.each(['ch2bet', 'icbm152'])('%s is the file that the notice names', (name) => {
  const bytes = readFileSync(new URL(`${name}.nii.gz`, folder))
  const notice = readFileSync(new URL('NOTICE.md', folder), 'utf8')
  expect(notice).toContain(createHash('sha256').update(bytes).digest('hex'))
})

/** MNI millimetres inside each structure on the right, known to any atlas of that space. */
const places = {
  hippocampus: [29, -21, -13],
  putamen: [27, 5, 0],
  caudate: [13, 12, 10],
  thalamus: [11, -18, 8],
} as const

test.each(['ch2bet', 'icbm152'])('%s: regions where they belong, on both sides', (name) => {
  const { dims, inverse, regions, t1 } = loadTemplate(name)
  for (const [n, region] of regionNames.entries()) {
    const { mask } = regions[n]!
    const [x, y, z] = places[region]
    for (const side of [-1, 1]) {
      const [i, j, k] = applyAffine(inverse, [side * x, y, z])
      expect(sampleTrilinear(mask, dims, i, j, k), `${region} at ${side * x}`).toBeGreaterThan(0.5)
      expect(isNear(regions[n]!, i, j, k)).toBe(true)
      // Grey matter lies between fluid and white matter.
      const intensity = sampleTrilinear(t1, dims, i, j, k)
      expect(intensity).toBeGreaterThan(0.4)
      expect(intensity).toBeLessThan(1.1)
    }
  }
  const [i, j, k] = applyAffine(inverse, [0, 200, 0])
  expect(sampleTrilinear(t1, dims, i, j, k)).toBe(0)
})

test('a voxel beyond the box of a region holds none of it', () => {
  const { dims, regions } = loadTemplate('ch2bet')
  const [nx, ny] = dims
  const wrong: number[] = []
  for (const place of regions) {
    for (let at = 0; at < place.mask.length; at += 97) {
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
      if (!isNear(place, i, j, k) && place.mask[at] !== 0) wrong.push(at)
    }
  }
  expect(wrong).toEqual([])
})

test('interpolation: a linear function is met exactly, also at the edges', () => {
  const dims = [4, 3, 5] as const
  const linear = (x: number, y: number, z: number) => 1 + 2 * x - y + 0.5 * z
  const data = Float32Array.from({ length: 60 }, (_, at) =>
    linear(at % 4, Math.floor(at / 4) % 3, Math.floor(at / 12)),
  )
  expect(sampleTrilinear(data, dims, 1.25, 0.5, 3.75)).toBeCloseTo(linear(1.25, 0.5, 3.75), 5)
  expect(sampleTrilinear(data, dims, 3, 2, 4)).toBeCloseTo(linear(3, 2, 4), 5)
  // Half way out of the last voxel the value is halved: 0 outside.
  expect(sampleTrilinear(data, dims, 3.5, 1, 2)).toBeCloseTo(linear(3, 1, 2) / 2, 5)
  expect(sampleTrilinear(data, dims, 4, 1, 2)).toBe(0)
})
