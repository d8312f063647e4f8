/** @file Every metric, in alphabetical order. A new metric is one file here and one line below. */

import { Failure } from '../failure.ts'
import { nameThe } from '../near-names.ts'
import { averagePrecision } from './average-precision.ts'
import { bestDice } from './best-dice.ts'
import { dice } from './dice.ts'
import { enrichment } from './enrichment.ts'
import { iou } from './iou.ts'
import { massCentreDistance } from './mass-centre-distance.ts'
import type { AnyMetric } from './metric.ts'
import { pointingGame } from './pointing-game.ts'
import { precision } from './precision.ts'
import { recall } from './recall.ts'
import { relevanceMassAccuracy } from './relevance-mass-accuracy.ts'
import { relevanceRankAccuracy } from './relevance-rank-accuracy.ts'
import { rocAuc } from './roc-auc.ts'
import { topKIntersection } from './top-k-intersection.ts'

export const metrics: readonly AnyMetric[] = [
  averagePrecision,
  bestDice,
  dice,
  enrichment,
  iou,
  massCentreDistance,
  pointingGame,
  precision,
  recall,
  relevanceMassAccuracy,
  relevanceRankAccuracy,
  rocAuc,
  topKIntersection,
]

/** Throws a Failure('bad-request') that lists what exists, near names first. */
export function findMetric(id: string): AnyMetric {
  const metric = metrics.find((candidate) => candidate.id === id)
  if (metric) return metric
  const ids = metrics.map((candidate) => candidate.id)
  throw new Failure('bad-request', `no metric '${id}': ${nameThe('metrics are', id, ids)}`)
}
