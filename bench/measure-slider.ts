/** @file The threshold slider on a map of the size of a template brain: the work of one move. */

import {
  atThreshold,
  type LocalisationTable,
  valueAtPercentile,
} from '../src/core/metrics/localisation-table.ts'
import { type MapWithTruth, measureLocalisation } from '../src/core/metrics/measure-localisation.ts'
import { createRandom } from '../src/core/tensor/random.ts'
import type { BenchSettings, SliderReport } from './bench-types.ts'
import { timingOf } from './statistics.ts'

/** Slowest axis first: MNI152 at 1 mm. */
export const DIMS = [182, 218, 182] as const

/** A blurred-looking map with noise, and a ball as the truth, a little beside its maximum. */
export function createMapWithTruth(): MapWithTruth {
  const [nz, ny, nx] = DIMS
  const random = createRandom(11)
  const map = new Float32Array(nz * ny * nx)
  const truth = new Uint8Array(map.length)
  let i = 0
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        const squared = ((x - 70) ** 2 + (y - 110) ** 2 + (z - 80) ** 2) / 400
        map[i] = Math.exp(-squared) + 0.2 * (random.uniform() - 0.5)
        if ((x - 76) ** 2 + (y - 108) ** 2 + (z - 82) ** 2 < 225) truth[i] = 1
      }
    }
  }
  const spacingMm = [1, 1, 1]
  return { map, truth, evaluation: null, dims: DIMS, spacingMm, sign: 'magnitude' }
}

/** Sorts once, then moves the slider over its whole range. */
export function measureSlider({ isQuick }: BenchSettings): SliderReport {
  const request = createMapWithTruth()
  const began = performance.now()
  const { table } = measureLocalisation(request)
  const measureMs = performance.now() - began
  const moves = isQuick ? 2000 : 10_000
  const times: number[] = []
  let checksum = 0
  // The page's clock ticks in steps longer than one move.
  for (let from = -BATCH; from < moves; from += BATCH) {
    const start = performance.now()
    for (let move = from; move < from + BATCH; move++) {
      checksum += moveTo(table, (100 * Math.abs(move)) / moves)
    }
    if (from >= 0) times.push((performance.now() - start) / BATCH)
  }
  if (Number.isNaN(checksum)) throw new Error('a slider move gave no number')
  return { measureMs, move: timingOf(times), moves }
}

const BATCH = 100

/** What the page asks of the table when the slider moves: see src/store/{active-run,metric-rows}. */
function moveTo(table: LocalisationTable, percentile: number): number {
  const threshold = valueAtPercentile(table, percentile)
  const limit = Math.max(valueAtPercentile(table, 99.9), threshold)
  const { voxels, dice, iou, precision, recall } = atThreshold(table, threshold)
  return limit + voxels + (dice ?? 0) + (iou ?? 0) + (precision ?? 0) + (recall ?? 0)
}
