/** @file What a cost depends on besides options and sizes, as far as the page knows it. */

import type { CostFacts } from '../core/attribution/method.ts'
import type { AppState } from './app-state.ts'
import { FILES } from './make-baseline.ts'

/** The facts about the layer are there once the model was described, those of the baselines always. */
export function costFacts({
  baseline,
  baselineFiles,
  description,
  layer,
}: Pick<AppState, 'baseline' | 'baselineFiles' | 'description' | 'layer'>): CostFacts {
  const chosen = description?.layers.find((one) =>
    layer === null ? one.default : one.name === layer,
  )
  const channels = chosen?.shape[0]
  const shareAfter = chosen && description?.sharesAfter[chosen.name]
  const rows = baselineFiles.reduce((sum, file) => sum + file.rows, 0)
  return {
    ...(channels !== undefined && shareAfter !== undefined && { layer: { channels, shareAfter } }),
    ...(baseline === FILES && rows > 0 && { baselineRows: rows }),
  }
}
