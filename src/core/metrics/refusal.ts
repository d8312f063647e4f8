/** @file Why a localisation metric cannot be computed, in sentences. */

import type { LocalisationInput, Score } from './metric.ts'
import { tableOf } from './table-of.ts'

export type Unavailable = Extract<Score, { readonly kind: 'unavailable' }>

/**
 * What a metric asks of its input: `mask` = truth voxels exist; `outside` = so do voxels outside;
 * `varying` = the map is not constant; `mass` = no negative values, and a sum above zero.
 */
export type Requirement = 'mask' | 'mass' | 'outside' | 'varying'

/** The first requirement that is not met, as a reason; null where all are. */
export function refusal(
  input: LocalisationInput,
  requirements: readonly Requirement[],
): Unavailable | null {
  const { values, truthVoxels } = tableOf(input)
  if (values.length === 0) return unavailable('the evaluation mask is empty')
  for (const requirement of requirements) {
    const reason = reasonAgainst(requirement, values, truthVoxels)
    if (reason !== null) return unavailable(reason)
  }
  return null
}

export function unavailable(reason: string): Unavailable {
  return { kind: 'unavailable', reason }
}

function reasonAgainst(
  requirement: Requirement,
  values: Float32Array,
  truthVoxels: number,
): string | null {
  const max = values[0] ?? 0
  const min = values[values.length - 1] ?? 0
  switch (requirement) {
    case 'mask':
      return truthVoxels === 0 ? 'the truth mask is empty where the map is evaluated' : null
    case 'outside':
      return truthVoxels === values.length
        ? 'the truth mask covers every evaluated voxel, so any map would score the same'
        : null
    case 'varying':
      return max === min ? `the map is constant (${max} everywhere), so it ranks nothing` : null
    case 'mass':
      if (min < 0) return 'a map with negative values has no mass: use magnitude or positive part'
      return max === 0 ? 'the map is zero everywhere, so it has no mass' : null
  }
}
