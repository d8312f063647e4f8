/**
 * @file One map against one truth: every measure, by the metrics of the product, of the brain alone
 * and from one sorted table. The test compares with the product's own read-out of whole volumes.
 */

import { averagePrecision } from '../../src/core/metrics/average-precision.ts'
import { bestDice } from '../../src/core/metrics/best-dice.ts'
import { enrichment } from '../../src/core/metrics/enrichment.ts'
import type { LocalisationInput, Score } from '../../src/core/metrics/metric.ts'
import { massShare } from '../../src/core/metrics/metric-helpers.ts'
import { pointingGame } from '../../src/core/metrics/pointing-game.ts'
import { relevanceMassAccuracy } from '../../src/core/metrics/relevance-mass-accuracy.ts'
import { relevanceRankAccuracy } from '../../src/core/metrics/relevance-rank-accuracy.ts'
import { rocAuc } from '../../src/core/metrics/roc-auc.ts'
import { tableOf } from '../../src/core/metrics/table-of.ts'
import { highValue } from './high-value.ts'
import { type Inside, smoothInside } from './inside.ts'
import type { Measures } from './measures.ts'

export interface MeasuredCase {
  readonly inside: Inside
  /** Truth that is a region of an atlas: the study's pipeline grows it. */
  readonly isRegion: boolean
}

export interface MapMeasures {
  readonly measures: Measures
  /** Share of the brain in the truth as the neuro pipeline takes it, and as it is. */
  readonly chanceNeuro: number
  readonly chance: number
  /** The map is zero, or the same everywhere, in the brain. */
  readonly isEmpty: boolean
}

/** As in the study: what is below this percentile of the brain counts as zero. */
const PERCENTILE = 99

/**
 * `magnitudes`: of the map, one per voxel of the brain.
 * A map that is the same everywhere knows nothing: it has no mass anywhere, as in the study, and the
 * ranking of one that knows nothing.
 */
export function measureMap(
  magnitudes: Float32Array<ArrayBuffer>,
  { inside, isRegion }: MeasuredCase,
): MapMeasures {
  const { truth, wide } = inside
  const dims = [magnitudes.length]
  const input: LocalisationInput = { map: magnitudes, truth, dims }
  const chance = shareOf(truth)
  const rocArea = rocAuc.evaluate(input, {})
  const { values } = tableOf(input)
  const hasMass = (values[0] ?? 0) > 0
  const neuro = neuroMass(magnitudes, inside)
  return {
    measures: {
      neuro: isRegion ? neuro.wide : neuro.strict,
      'neuro-strict': neuro.strict,
      mass: valueOr(relevanceMassAccuracy.evaluate(input, {}), 0),
      rank: valueOr(relevanceRankAccuracy.evaluate(input, {}), chance),
      'roc-auc': valueOr(rocArea, 0.5),
      'average-precision': valueOr(averagePrecision.evaluate(input, {}), chance),
      'best-dice': valueOr(bestDice.evaluate(input, {}), (2 * chance) / (1 + chance)),
      pointing: valueOr(pointingGame.evaluate(input, { tolerance: 0 }), chance),
      enrichment: valueOr(enrichment.evaluate(input, {}), 0),
      'off-target': hasMass ? 1 - massShare({ ...input, truth: wide }) : 1,
    },
    chance,
    chanceNeuro: isRegion ? shareOf(wide) : chance,
    isEmpty: rocArea.kind !== 'value',
  }
}

/** The mass of the neuro pipeline alone, as `measureMap` gives it. */
export function neuroOf(
  magnitudes: Float32Array<ArrayBuffer>,
  { inside, isRegion }: MeasuredCase,
): number {
  const { strict, wide } = neuroMass(magnitudes, inside)
  return isRegion ? wide : strict
}

/** The map is the same everywhere in the brain. */
export function isConstant(magnitudes: Float32Array): boolean {
  return magnitudes.every((value) => value === magnitudes[0])
}

/** The `neuro` preset's mass in the truth as it is and in the grown one: one Gaussian for both. */
function neuroMass(
  magnitudes: Float32Array,
  inside: Inside,
): { readonly strict: number; readonly wide: number } {
  const smoothed = smoothInside(magnitudes, inside)
  const threshold = highValue(smoothed, PERCENTILE)
  let kept = 0
  for (let n = 0; n < smoothed.length; n++) {
    const value = smoothed[n] as number
    if (value < threshold) smoothed[n] = 0
    else kept += value
  }
  if (kept === 0) return { strict: 0, wide: 0 }
  const cut = { map: smoothed, truth: inside.truth, dims: [smoothed.length] }
  return { strict: massShare(cut), wide: massShare({ ...cut, truth: inside.wide }) }
}

function valueOr(score: Score, otherwise: number): number {
  return score.kind === 'value' ? score.value : otherwise
}

/** Of a mask in the brain. */
function shareOf(mask: Uint8Array): number {
  let count = 0
  for (const value of mask) if (value) count++
  return count / mask.length
}
