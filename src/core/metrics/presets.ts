/** @file Fixed pipelines from the literature, so that numbers can be compared with published ones. */

import { sigmaFromFwhm, smooth } from '../tensor/smooth.ts'
import { quantile } from '../tensor/statistics.ts'
import {
  countAbove,
  countAtLeast,
  type LocalisationTable,
  valueAtPercentile,
} from './localisation-table.ts'
import type { LocalisationInput, Score } from './metric.ts'
import { massShare, truthShare, valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'
import { handleSign } from './sign-handling.ts'
import { tableOf } from './table-of.ts'

interface PresetRequest {
  /** As the method made it, signed or not. */
  readonly map: Float32Array<ArrayBuffer>
  readonly truth: Uint8Array
  /** The brain; absent = the whole grid. */
  readonly brain?: Uint8Array
  readonly dims: readonly number[]
}

interface Preset {
  readonly id: string
  readonly label: string
  /** What is done, in order. */
  readonly steps: readonly string[]
  readonly citation: { readonly text: string; readonly url: string }
  measure(request: PresetRequest): Readonly<Record<string, Score>>
}

const percentile = 99
const fwhmVoxels = 2

/**
 * Siegel et al. 2025. `relevance-mass-accuracy` of the processed map; `false-positive-rate` and
 * `true-positive-rate`: the share of voxels outside and inside the truth that survive the threshold;
 * `false-positive`: the paper's own, 1 if any voxel outside the truth exceeds the 99th percentile
 * of the voxels inside (of the smoothed map, before the threshold), else 0.
 */
export const neuro: Preset = {
  id: 'neuro',
  label: 'Brain MRI (Siegel 2025)',
  steps: [
    'magnitude',
    'brain mask',
    `Gaussian smoothing, FWHM ${fwhmVoxels} voxels`,
    `values below the ${percentile}th percentile of the brain set to zero`,
    'relevance mass accuracy, false and true positive rates',
  ],
  citation: {
    text: 'Siegel et al. 2025, benchmark of attribution methods on 45,000 structural brain MRIs',
    url: 'https://arxiv.org/abs/2508.02560',
  },
  measure({ map, truth, brain, dims }) {
    const masked = handleSign(map, 'magnitude')
    if (brain) for (let i = 0; i < masked.length; i++) if (brain[i] === 0) masked[i] = 0
    const axes = dims.map((_, axis) => axis)
    const smoothed = smooth({ dims, data: masked }, sigmaFromFwhm(fwhmVoxels), axes).data
    const input: LocalisationInput = {
      map: smoothed,
      truth,
      dims,
      ...(brain ? { evaluation: brain } : {}),
    }
    const refused = refusal(input, ['mask', 'outside', 'mass'])
    if (refused) return Object.fromEntries(readings.map((reading) => [reading, refused]))
    const { table, threshold, kept, hits } = cut(input)
    const outsideVoxels = table.values.length - table.truthVoxels
    return {
      'relevance-mass-accuracy': valueScore(
        massShare({ ...input, map: smoothed.map((value) => (value >= threshold ? value : 0)) }),
        truthShare(input),
      ),
      'false-positive-rate': valueScore((kept - hits) / outsideVoxels),
      'true-positive-rate': valueScore(hits / table.truthVoxels),
      'false-positive': valueScore(exceedsInside(input) ? 1 : 0),
    }
  },
}

const readings = [
  'relevance-mass-accuracy',
  'false-positive-rate',
  'true-positive-rate',
  'false-positive',
] as const

/** The threshold, and how many voxels survive it in all and inside the truth; zeros never do. */
function cut(input: LocalisationInput): {
  readonly table: LocalisationTable
  readonly threshold: number
  readonly kept: number
  readonly hits: number
} {
  const table = tableOf(input)
  const threshold = valueAtPercentile(table, percentile)
  const kept = threshold > 0 ? countAtLeast(table, threshold) : countAbove(table, 0)
  return { table, threshold, kept, hits: table.hits?.[kept] ?? 0 }
}

/** Is any voxel outside the truth above the 99th percentile of those inside? */
function exceedsInside({ map, truth, evaluation }: LocalisationInput): boolean {
  const isCounted = (i: number) => evaluation?.[i] !== 0
  const limit = quantile(
    map.filter((_, i) => isCounted(i) && truth[i] !== 0),
    percentile / 100,
  )
  return map.some((value, i) => value > limit && truth[i] === 0 && isCounted(i))
}
