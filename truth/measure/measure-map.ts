/** @file One map against one truth: every measure, by the metrics of the product. */

import { measureLocalisation } from '../../src/core/metrics/measure-localisation.ts'
import type { Score } from '../../src/core/metrics/metric.ts'
import { neuro } from '../../src/core/metrics/presets.ts'
import { relevanceMassAccuracy } from '../../src/core/metrics/relevance-mass-accuracy.ts'
import { dilate } from './dilate.ts'
import type { Measures } from './measures.ts'

/** Voxels by which the study grows the mask of an atlas region. */
const DILATION = 2

export interface MeasuredCase {
  readonly truth: Uint8Array<ArrayBuffer>
  /** The truth grown by 2 voxels. */
  readonly wide: Uint8Array<ArrayBuffer>
  readonly brain: Uint8Array<ArrayBuffer>
  readonly dims: readonly [number, number, number]
  readonly spacingMm: readonly [number, number, number]
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

export function growTruth(
  truth: Uint8Array<ArrayBuffer>,
  dims: readonly [number, number, number],
): Uint8Array<ArrayBuffer> {
  return dilate(truth, dims, DILATION)
}

/**
 * `map`: on the volume's grid, i fastest, signed or not; its magnitude is measured inside the brain.
 * A map that is the same everywhere knows nothing: it has no mass anywhere, as in the study, and the
 * ranking of one that knows nothing.
 */
export function measureMap(map: Float32Array<ArrayBuffer>, given: MeasuredCase): MapMeasures {
  const { truth, wide, brain, isRegion } = given
  const dims = [given.dims[2], given.dims[1], given.dims[0]]
  const spacingMm = [given.spacingMm[2], given.spacingMm[1], given.spacingMm[0]]
  const { scores } = measureLocalisation({
    map,
    truth,
    evaluation: brain,
    dims,
    spacingMm,
    sign: 'magnitude',
  })
  const chance = shareOf(truth, brain)
  const chanceWide = shareOf(wide, brain)
  const strict = valueOr(neuro.measure({ map, truth, brain, dims })[NEURO], 0)
  const grown = isRegion
    ? valueOr(neuro.measure({ map, truth: wide, brain, dims })[NEURO], 0)
    : strict
  const away = relevanceMassAccuracy.evaluate(
    { map: map.map(Math.abs), truth: wide, evaluation: brain, dims },
    {},
  )
  return {
    measures: {
      neuro: grown,
      'neuro-strict': strict,
      mass: valueOr(scores['relevance-mass-accuracy'], 0),
      rank: valueOr(scores['relevance-rank-accuracy'], chance),
      'roc-auc': valueOr(scores['roc-auc'], 0.5),
      'average-precision': valueOr(scores['average-precision'], chance),
      'best-dice': valueOr(scores['best-dice'], (2 * chance) / (1 + chance)),
      pointing: valueOr(scores['pointing-game'], chance),
      enrichment: valueOr(scores.enrichment, 0),
      'off-target': 1 - valueOr(away, 0),
    },
    chance,
    chanceNeuro: isRegion ? chanceWide : chance,
    isEmpty: scores['roc-auc']?.kind !== 'value',
  }
}

const NEURO = 'relevance-mass-accuracy'

function valueOr(score: Score | undefined, otherwise: number): number {
  return score?.kind === 'value' ? score.value : otherwise
}

function shareOf(mask: Uint8Array, brain: Uint8Array): number {
  let inside = 0
  let all = 0
  for (let at = 0; at < brain.length; at++) {
    if (!brain[at]) continue
    all++
    if (mask[at]) inside++
  }
  return inside / all
}
