/** @file Distance between the centre of mass of the map and that of the truth. */

import type { LocalisationInput } from './metric.ts'
import { defineMetric } from './metric.ts'
import { valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'

export const massCentreDistance = defineMetric({
  id: 'mass-centre-distance',
  label: 'Centre distance',
  title: 'Distance between centres of mass',
  family: 'localisation',
  better: 'lower',
  unit: 'mm',
  definition:
    "From the map's centre of mass to the truth's; chance is that of a uniform map. Where the spacing is not known, one voxel counts as 1 mm.",
  formula: '| sum(a p) / sum(a) - sum(m p) / sum(m) |, p in mm',
  citation: {
    text: 'Taha and Hanbury 2015, Metrics for evaluating 3D medical image segmentation (volume centres)',
    url: 'https://doi.org/10.1186/s12880-015-0068-x',
  },
  needs: ['map', 'truth'],
  options: {},
  evaluate(input) {
    const refused = refusal(input, ['mask', 'mass'])
    if (refused) return refused
    const spacing = input.spacingMm ?? input.dims.map(() => 1)
    const { map, truth } = input
    const truthCentre = centre(input, spacing, (i) => (truth[i] !== 0 ? 1 : 0))
    return valueScore(
      distance(
        centre(input, spacing, (i) => map[i] ?? 0),
        truthCentre,
      ),
      distance(
        centre(input, spacing, () => 1),
        truthCentre,
      ),
      input.spacingMm ? undefined : { 'assumed-spacing-mm': 1 },
    )
  },
})

/** Weighted mean position in millimetres, one number per axis, inside the evaluation mask. */
function centre(
  { dims, evaluation, map }: LocalisationInput,
  spacing: readonly number[],
  weight: (index: number) => number,
): readonly number[] {
  let total = 0
  const sums = new Float64Array(dims.length)
  const position = new Int32Array(dims.length)
  for (let i = 0; i < map.length; i++) {
    if (evaluation?.[i] !== 0) {
      const w = weight(i)
      total += w
      if (w !== 0) {
        for (let axis = 0; axis < sums.length; axis++) {
          sums[axis] = (sums[axis] ?? 0) + w * (position[axis] ?? 0)
        }
      }
    }
    advance(position, dims)
  }
  return Array.from(sums, (sum, axis) => (sum / total) * (spacing[axis] ?? 1))
}

/** Next index in C order, last axis fastest. */
function advance(position: Int32Array, dims: readonly number[]): void {
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const next = (position[axis] ?? 0) + 1
    if (next < (dims[axis] ?? 1)) {
      position[axis] = next
      return
    }
    position[axis] = 0
  }
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)))
}
