/** @file Numbers of a broken network: in a map, what is not finite counts as 0, and is counted. */

import { countNonFinite, sum } from '../tensor/statistics.ts'
import type { Tensors } from '../tensor/tensor.ts'
import type { AnyMethod, Attribution } from './method.ts'

export interface FiniteMaps {
  /** A map without such values is the same tensor as before. */
  readonly maps: Tensors
  /** NaN and infinite values that were set to 0, one count per map. */
  readonly nonFinite: readonly number[]
}

/** Pictures, metrics and files see the same numbers: one NaN would spread when a map is resampled. */
export function finiteMaps(maps: Tensors): FiniteMaps {
  const nonFinite = maps.map(({ data }) => countNonFinite(data))
  return {
    maps: maps.map((map, index) =>
      nonFinite[index] === 0
        ? map
        : { ...map, data: map.data.map((value) => (Number.isFinite(value) ? value : 0)) },
    ),
    nonFinite,
  }
}

/** One sentence: how many values, what is likely wrong, what would work; null where all are finite. */
export function describeNonFinite(
  { label, needs }: Pick<AnyMethod, 'label' | 'needs'>,
  { maps, nonFinite, scores }: FiniteMaps & Pick<Attribution, 'scores'>,
): string | null {
  const bad = sum(Float64Array.from(nonFinite))
  const values = maps.reduce((total, { data }) => total + data.length, 0)
  if (bad === 0) return null
  const [are, count] = bad === 1 ? ['is not a', 'counts'] : ['are not', 'count']
  const numbers = bad === 1 ? 'finite number' : 'finite numbers'
  return `${share(bad, values)} of the ${label} map ${are} ${numbers} (NaN or infinite) and ${count} as 0: ${reason(needs, scores)}.`
}

function share(bad: number, all: number): string {
  if (bad < all) return `${bad} of ${all} values`
  return all === 1 ? 'The value' : `All ${all} values`
}

function reason({ gradient, baseline }: AnyMethod['needs'], scores: readonly number[]): string {
  const scaling = 'check the scaling of the input'
  if (!scores.every(Number.isFinite))
    return `the score that is explained is none either, so the network divides by 0 or overflows; ${scaling} and the weights`
  if (gradient)
    return `on the way back the network divides by 0, takes a root of 0 or overflows; ${scaling}, or use a method without gradients, such as occlusion`
  return `for some of the inputs that the method tries the network divides by 0 or overflows; ${scaling}${baseline ? ', or use another baseline' : ''}`
}

/** One sentence about a prediction with NaN or infinite values; null where all are finite. */
export function describeNonFiniteOutputs(
  outputs: readonly { readonly name: string; readonly data: Float32Array }[],
): string | null {
  for (const { name, data } of outputs) {
    const bad = countNonFinite(data)
    if (bad === 0) continue
    return `${share(bad, data.length)} of the output '${name}' ${bad === 1 ? 'is' : 'are'} NaN or infinite: on this input the network divides by 0 or overflows; check how the input is scaled, or the weights.`
  }
  return null
}
