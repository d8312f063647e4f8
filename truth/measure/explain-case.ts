/** @file One map of one held-out case, and what it scores. */

import type { RunControl } from '../../src/core/attribution/method.ts'
import { zerosLike } from '../../src/core/tensor/arithmetic.ts'
import { rankCorrelation } from '../../src/core/tensor/correlation.ts'
import { sum } from '../../src/core/tensor/statistics.ts'
import type { Tensor } from '../../src/core/tensor/tensor.ts'
import { type AttributionAnswer, attribute } from '../../src/engine/attribute.ts'
import type { OpenModel } from '../../src/engine/open-model.ts'
import type { HeldOutCase } from './held-out.ts'
import { measureMap } from './measure-map.ts'
import { optionsFor, type PlannedMethod } from './method-plan.ts'
import { processorSeconds } from './processor-seconds.ts'
import type { MapRow } from './rows.ts'
import { isSlice, type TruthTask } from './tasks.ts'

export interface Explained {
  /** Of the map, one per voxel of the brain. */
  readonly magnitudes: Float32Array<ArrayBuffer>
  readonly answer: AttributionAnswer
  /** Of the processor. */
  readonly seconds: number
}

const control: RunControl = { signal: new AbortController().signal, onProgress: () => {} }

/**
 * The class with the signal against zero: the brain's mean, or air. The same seed for every case.
 * `input`: of the subject, or of its twin.
 */
export async function explainCase(
  opened: OpenModel,
  task: TruthTask,
  planned: PlannedMethod,
  given: HeldOutCase,
  baselineRows: Tensor | null,
  input: Tensor = given.input,
): Promise<Explained> {
  const { result: answer, seconds } = await processorSeconds(() =>
    attribute(
      opened,
      {
        methodId: planned.method.id,
        options: optionsFor(planned, isSlice(task)),
        inputs: [input],
        baseline: [zerosLike(input)],
        ...(baselineRows && { baselineRows: [baselineRows] }),
        target: String(task.targetClass),
        seed: 0,
      },
      control,
    ),
  )
  const [tensor] = answer.maps
  if (!tensor) throw new Error(`${planned.id} gave no map`)
  if (answer.nonFinite.some((count) => count > 0))
    throw new Error(`${planned.id} gave a map that is not finite`)
  return { magnitudes: given.magnitudes(tensor), answer, seconds }
}

export function rowOf({ magnitudes, answer }: Explained, given: HeldOutCase): MapRow {
  return { ...measureMap(magnitudes, given), gap: relativeGap(answer) }
}

/** Rank correlation of the magnitudes of two maps inside the brain. */
export function likeness(a: Explained, b: Explained): number | null {
  return rankCorrelation(a.magnitudes, b.magnitudes)
}

/** Sum(map) is what was promised plus the gap. */
function relativeGap({ completenessGap, maps }: AttributionAnswer): number | null {
  const [gap] = completenessGap ?? []
  const [map] = maps
  if (gap === undefined || !map) return null
  const promised = sum(map.data) - gap
  return promised === 0 ? null : Math.abs(gap / promised)
}
