/** @file Pointing game (Zhang et al., 2018). */

import { distanceToMask } from '../tensor/distance-transform.ts'
import type { LocalisationInput } from './metric.ts'
import { defineMetric } from './metric.ts'
import { valueScore } from './metric-helpers.ts'
import { refusal } from './refusal.ts'
import { tableOf } from './table-of.ts'

export const pointingGame = defineMetric({
  id: 'pointing-game',
  label: 'Pointing game',
  title: 'Pointing game',
  family: 'localisation',
  better: 'higher',
  unit: '',
  definition:
    "1 if the map's maximum lies in the truth or within the tolerance of it, else 0; a maximum that several voxels share counts by their mean.",
  formula: 'argmax(a) within tolerance of m',
  citation: {
    text: 'Zhang et al. 2018, Top-down neural attention by excitation backprop',
    url: 'https://arxiv.org/abs/1608.00507',
  },
  needs: ['map', 'truth'],
  options: {
    tolerance: {
      kind: 'number',
      min: 0,
      max: 1000,
      default: 0,
      label: 'Tolerance',
      help: 'How far from the truth a hit may lie, in voxels (Euclidean).',
      decisive: true,
    },
  },
  evaluate(input, { tolerance }) {
    const refused = refusal(input, ['mask', 'outside', 'varying'])
    if (refused) return refused
    const { truth, evaluation, map } = input
    const isTarget = (index: number) => evaluation?.[index] !== 0 && truth[index] !== 0
    const hit = tolerance === 0 ? isTarget : withinTolerance(input, isTarget, tolerance)
    const max = tableOf(input).values[0] ?? 0
    let maxima = 0
    let hits = 0
    let reachable = 0
    let voxels = 0
    let first = -1
    for (let i = 0; i < map.length; i++) {
      if (evaluation?.[i] === 0) continue
      const isHit = hit(i)
      voxels++
      if (isHit) reachable++
      if (map[i] !== max) continue
      if (first < 0) first = i
      maxima++
      if (isHit) hits++
    }
    return valueScore(hits / maxima, reachable / voxels, { maxima, index: first })
  },
})

function withinTolerance(
  { dims, map }: LocalisationInput,
  isTarget: (index: number) => boolean,
  tolerance: number,
): (index: number) => boolean {
  const mask = Uint8Array.from({ length: map.length }, (_, i) => (isTarget(i) ? 1 : 0))
  const squared = distanceToMask(mask, dims)
  return (index) => (squared[index] ?? Number.POSITIVE_INFINITY) <= tolerance * tolerance
}
