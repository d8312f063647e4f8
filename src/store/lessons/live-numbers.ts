/** @file The numbers that lessons speak of, read from what is on the page. */

import { judgeLikeness } from '../../core/metrics/judge-likeness.ts'
import { shownRun } from '../active-run.ts'
import type { AppState } from '../app-state.ts'
import { emDash, formatDims, formatNumber, formatPercent } from '../format.ts'
import type { Run, RunResult } from '../run-state.ts'
import { partnerOf, similarityKey } from '../similarity-slice.ts'

export interface Mass {
  readonly value: number
  readonly chance: number
}

/**
 * The newest finished run of the method on the image on screen, with trained weights, of the case's own
 * model (1) or another one.
 */
function runOf(app: AppState, methodId: string, model = 1): Run | null {
  const image = shownRun(app)?.run.source.image ?? app.images[0]
  return (
    app.runs.findLast(
      ({ request, source, state }) =>
        state.kind === 'done' &&
        request.methodId === methodId &&
        source.image.info.id === image?.info.id &&
        source.randomSeed === null &&
        (source.variant?.number ?? 1) === model,
    ) ?? null
  )
}

/**
 * Share of a method's map inside the truth, and chance; null where it was not measured.
 * `model`: 1 = the case's own, 2 = its second.
 */
export function massOf(app: AppState, methodId: string, model = 1): Mass | null {
  const state = runOf(app, methodId, model)?.state
  const score =
    state?.kind === 'done' ? state.measurement?.scores['relevance-mass-accuracy'] : undefined
  if (score?.kind !== 'value' || score.chance === undefined) return null
  return { value: score.value, chance: score.chance }
}

export function resultOf(app: AppState, methodId: string): RunResult | null {
  const state = runOf(app, methodId)?.state
  return state?.kind === 'done' ? state.result : null
}

/** "5.7 %". */
export function massInWords(mass: Mass | null): string {
  return mass === null ? emDash : formatPercent(mass.value)
}

export function chanceInWords(mass: Mass | null): string {
  return mass === null ? emDash : formatPercent(mass.chance)
}

/** How many times chance a mass is; null where it was not measured. */
export function timesChance(mass: Mass | null): number | null {
  return mass === null || mass.chance === 0 ? null : mass.value / mass.chance
}

/** "28 times what chance gives", "no more than chance". */
export function againstChance(mass: Mass | null): string {
  const times = timesChance(mass)
  if (times === null) return 'not measured against chance'
  if (times < 0.67) return `less than chance would give (${chanceInWords(mass)})`
  if (times < 1.5) return `no more than chance gives (${chanceInWords(mass)})`
  return `${formatNumber(times, 2)} times what chance gives (${chanceInWords(mass)})`
}

/** How alike the method's maps are with trained and with random weights; null where not compared. */
export function similarityOf(app: AppState, methodId: string): number | null {
  const run = runOf(app, methodId)
  const partner = run && partnerOf(run, app.runs)
  return (run && partner && app.similarities[similarityKey(run.id, partner.id)]) ?? null
}

/** "follows the weights": the same words, from the same bounds, as in docs/truth.md. */
export function likenessOf(app: AppState, methodId: string): string {
  const rank = similarityOf(app, methodId)
  if (rank === null) return 'could not be compared'
  const verdict = judgeLikeness({ low: rank, high: rank })
  return verdict === 'unclear' ? 'is neither clearly the one nor the other' : verdict
}

/** "0.43": a correlation has two decimals. */
export function correlationInWords(rank: number | null): string {
  return rank === null ? emDash : rank.toFixed(2).replace('-', '−')
}

/** The class with the highest score and its probability: "lowered (0.99)". */
export function verdictInWords({ prediction }: AppState): string {
  if (prediction.kind !== 'done') return emDash
  const { reading } = prediction
  switch (reading.kind) {
    case 'classes': {
      const best = reading.classes.find(({ index }) => index === reading.top)
      if (!best) return emDash
      const size = best.probability ?? best.score
      return `“${best.name}” (${size >= 0.995 && size < 1 ? '>0.99' : formatNumber(size, 2)})`
    }
    case 'regression':
      return reading.values
        .map(({ name, value }) => `${name} ${formatNumber(value)} ${reading.unit}`.trim())
        .join(', ')
    case 'segmentation':
      return `${reading.regions.filter(({ positions }) => positions > 0).length} classes in the picture`
  }
}

/** "10 × 10 × 10 cells, each of them about 900 voxels of the image": the grid of a map. */
export function gridInWords(app: AppState, methodId: string): string {
  const run = runOf(app, methodId)
  const result = resultOf(app, methodId)
  if (!run || !result) return emDash
  const grid = result.layer?.grid ?? result.grid
  const count = (dims: readonly number[]) => dims.reduce((product, size) => product * size, 1)
  const voxels = Math.round(count(run.source.image.voxels.dims) / count(grid))
  return `${formatDims(grid)} cells, each as large as ${voxels} ${voxels === 1 ? 'voxel' : 'voxels'} of the image`
}
