/** @file What the model's outputs mean, read with its card. */

import { softmax } from '../core/tensor/softmax.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { Prediction } from '../rpc/attribution-api.ts'

export interface ClassReading {
  readonly index: number
  readonly name: string
  /** The output itself. */
  readonly score: number
  /** null where the card does not let it be told. */
  readonly probability: number | null
}

export interface RegionReading {
  readonly index: number
  readonly name: string
  /** Positions where this class has the highest value. */
  readonly positions: number
  readonly share: number
}

export type PredictionReading =
  | { readonly kind: 'classes'; readonly classes: readonly ClassReading[]; readonly top: number }
  | {
      readonly kind: 'regression'
      readonly values: readonly { readonly name: string; readonly value: number }[]
      readonly unit: string
    }
  | {
      readonly kind: 'segmentation'
      readonly regions: readonly RegionReading[]
      readonly grid: readonly number[]
    }

/** Reads the first output, first batch row; null where there is no output of real numbers. */
export function readPrediction(prediction: Prediction, card: ModelCard): PredictionReading | null {
  const [output] = prediction.outputs
  return output ? readOutput(output, card) : null
}

/** The outputs after the first. The card is about the first: class names and units are not theirs. */
export function readOtherOutputs(
  { outputs }: Prediction,
  card: ModelCard,
): readonly { readonly name: string; readonly reading: PredictionReading }[] {
  return outputs.slice(1).map((output) => {
    const isScalar = output.dims.slice(1).every((size) => size === 1)
    const kind = isScalar ? 'regression' : output.dims.length > 2 ? 'segmentation' : 'logits'
    const own = { ...card, output: kind, classNames: [], unit: '' } as const
    return { name: output.name, reading: readOutput(output, own) }
  })
}

function readOutput(output: Prediction['outputs'][number], card: ModelCard): PredictionReading {
  const perRow = output.dims.slice(1)
  if (card.output === 'segmentation' || perRow.length > 1) return readRegions(output, card)
  const classes = perRow[0] ?? 1
  const row = output.data.subarray(0, classes)
  if (card.output === 'regression') {
    const values = [...row].map((value, index) => ({ name: nameOf(card, index, ''), value }))
    return { kind: 'regression', values, unit: card.unit }
  }
  const probabilities = readProbabilities(row, card.output)
  const readings = [...row].map((score, index) => ({
    index,
    name: nameOf(card, index, `class ${index}`),
    score,
    probability: probabilities[index] ?? null,
  }))
  const top = row.indexOf(row.reduce((best, value) => Math.max(best, value), -Infinity))
  return { kind: 'classes', classes: readings, top: Math.max(0, top) }
}

/** Several logits compete (softmax); a single one stands alone (sigmoid). */
function readProbabilities(row: Float32Array, kind: ModelCard['output']): readonly number[] {
  if (kind === 'probabilities') return [...row]
  return row.length === 1 ? [...row].map((logit) => 1 / (1 + Math.exp(-logit))) : softmax(row)
}

function readRegions(
  { data, dims }: { readonly data: Float32Array; readonly dims: readonly number[] },
  card: ModelCard,
): PredictionReading {
  const classes = dims[1] ?? 1
  const grid = dims.slice(2)
  const positions = grid.reduce((product, size) => product * size, 1)
  const wins = new Float64Array(Math.max(2, classes))
  const limit = card.output === 'probabilities' ? 0.5 : 0
  for (let at = 0; at < positions; at++) {
    let best = 0
    if (classes === 1) best = (data[at] ?? 0) > limit ? 0 : 1
    for (let k = 1; k < classes; k++) {
      if ((data[k * positions + at] ?? 0) > (data[best * positions + at] ?? 0)) best = k
    }
    wins[best] = (wins[best] ?? 0) + 1
  }
  const regions = Array.from({ length: classes }, (_, index) => ({
    index,
    name: nameOf(card, index, `class ${index}`),
    positions: wins[index] ?? 0,
    share: (wins[index] ?? 0) / positions,
  }))
  return { kind: 'segmentation', regions, grid }
}

function nameOf({ classNames }: ModelCard, index: number, fallback: string): string {
  return classNames[index] || fallback
}
