/** @file One map of one held-out case, and what it scores. */

import type { RunControl } from '../../src/core/attribution/method.ts'
import { compareMaps } from '../../src/core/metrics/compare-maps.ts'
import { zerosLike } from '../../src/core/tensor/arithmetic.ts'
import { sum } from '../../src/core/tensor/statistics.ts'
import type { Tensor } from '../../src/core/tensor/tensor.ts'
import { mapToVolume } from '../../src/core/volume/map-to-volume.ts'
import { type AttributionAnswer, attribute } from '../../src/engine/attribute.ts'
import type { OpenModel } from '../../src/engine/open-model.ts'
import type { HeldOutCase } from './held-out.ts'
import { measureMap } from './measure-map.ts'
import type { PlannedMethod } from './method-plan.ts'
import type { MapRow } from './rows.ts'
import type { TruthTask } from './tasks.ts'

export interface Explained {
  /** On the volume's grid. */
  readonly map: Float32Array<ArrayBuffer>
  readonly answer: AttributionAnswer
}

const control: RunControl = { signal: new AbortController().signal, onProgress: () => {} }

/** The class with the signal against zero: the brain's mean, or air. The same seed for every case. */
export async function explainCase(
  opened: OpenModel,
  task: TruthTask,
  { method, options }: PlannedMethod,
  { input, grid, volume }: HeldOutCase,
  baselineRows: Tensor | null,
): Promise<Explained> {
  const answer = await attribute(
    opened,
    {
      methodId: method.id,
      options,
      inputs: [input],
      baseline: [zerosLike(input)],
      ...(baselineRows && { baselineRows: [baselineRows] }),
      target: String(task.targetClass),
      seed: 0,
    },
    control,
  )
  const [tensor] = answer.maps
  if (!tensor) throw new Error(`${method.id} gave no map`)
  return { map: mapToVolume(tensor, task.model.card.layout, grid, volume), answer }
}

export function rowOf({ map, answer }: Explained, given: HeldOutCase): MapRow {
  return {
    ...measureMap(map, given),
    gap: relativeGap(answer),
    seconds: answer.elapsedMs / 1000,
  }
}

/** Rank correlation of the magnitudes of two maps inside the brain. */
export function likeness(a: Explained, b: Explained, { volume }: HeldOutCase): number | null {
  return compareMaps(a.map, b.map, volume.data)
}

/** Sum(map) is what was promised plus the gap. */
function relativeGap({ completenessGap, maps }: AttributionAnswer): number | null {
  const [gap] = completenessGap ?? []
  const [map] = maps
  if (gap === undefined || !map) return null
  const promised = sum(map.data) - gap
  return promised === 0 ? null : Math.abs(gap / promised)
}
