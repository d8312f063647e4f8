/** @file The intensity part of a model card: the steps from a volume's values to the model's. */

import {
  cardFailure,
  checkFields,
  isJsonObject,
  type JsonObject,
  readChoice,
  readInterval,
  readNumber,
} from './json-fields.ts'

/**
 * Where a step takes its statistics and acts. `brain` = voxels whose value, before the first step,
 * is above the card's `brainAbove`; voxels outside it become 0 after the step.
 */
export type IntensityScope = 'brain' | 'everywhere'

/** One change of values; a card applies its list in order, to each channel by itself. */
export type IntensityStep =
  /** (v - mean) / standard deviation of the population (divided by n); 0 where the deviation is 0. */
  | { readonly kind: 'z-score'; readonly scope: IntensityScope }
  /** Minimum to `to[0]`, maximum to `to[1]`; a constant image becomes `to[0]`. */
  | {
      readonly kind: 'min-max'
      readonly scope: IntensityScope
      readonly to: readonly [number, number]
    }
  /**
   * Clip to the percentiles `low` and `high` (0 to 100, linear interpolation between order
   * statistics, as numpy.percentile), then those two to `to[0]` and `to[1]`.
   */
  | {
      readonly kind: 'percentile-clip'
      readonly low: number
      readonly high: number
      readonly scope: IntensityScope
      readonly to: readonly [number, number]
    }
  /** Clip to the values `low` and `high` (CT: Hounsfield units), then those two to `to`. */
  | {
      readonly kind: 'window'
      readonly low: number
      readonly high: number
      readonly scope: IntensityScope
      readonly to: readonly [number, number]
    }
  /** (v - mean) / std with these two fixed numbers. */
  | {
      readonly kind: 'mean-std'
      readonly mean: number
      readonly std: number
      readonly scope: IntensityScope
    }

const kinds = ['mean-std', 'min-max', 'none', 'percentile-clip', 'window', 'z-score'] as const
const scopes = ['brain', 'everywhere'] as const

/** A name ("z-score"), a step, or a list of steps. "none" and an empty list change nothing. */
export function parseIntensity(value: unknown, path: string): readonly IntensityStep[] {
  if (Array.isArray(value)) {
    return value.flatMap((step, index) => parseStep(step, `${path}[${index}]`))
  }
  return parseStep(value, path)
}

function parseStep(value: unknown, path: string): readonly IntensityStep[] {
  if (typeof value === 'string') {
    return parseStepObject({ kind: readChoice(value, path, kinds, 'none') }, path)
  }
  if (isJsonObject(value)) return parseStepObject(value, path)
  throw cardFailure(path, `a step, a list of steps, or one of ${kinds.join(', ')}`, value)
}

function parseStepObject(step: JsonObject, path: string): readonly IntensityStep[] {
  const kind = readChoice(step.kind ?? null, `${path}.kind`, kinds, 'none')
  const scope = (): IntensityScope => readChoice(step.scope, `${path}.scope`, scopes, 'everywhere')
  const to = () => readInterval(step.to, `${path}.to`, [0, 1])
  const required = (name: string): number => {
    if (step[name] === undefined) throw cardFailure(`${path}.${name}`, 'a finite number', undefined)
    return readNumber(step[name], `${path}.${name}`, 0)
  }
  switch (kind) {
    case 'none':
      checkFields(step, path, ['kind'])
      return []
    case 'z-score':
      checkFields(step, path, ['kind', 'scope'])
      return [{ kind, scope: scope() }]
    case 'min-max':
      checkFields(step, path, ['kind', 'scope', 'to'])
      return [{ kind, scope: scope(), to: to() }]
    case 'percentile-clip': {
      checkFields(step, path, ['high', 'kind', 'low', 'scope', 'to'])
      const low = readNumber(step.low, `${path}.low`, 1)
      const high = readNumber(step.high, `${path}.high`, 99)
      if (low < 0 || low > 100) throw cardFailure(`${path}.low`, 'from 0 to 100', low)
      if (high < 0 || high > 100) throw cardFailure(`${path}.high`, 'from 0 to 100', high)
      if (low >= high) throw cardFailure(`${path}.low`, `below ${path}.high (${high})`, low)
      return [{ kind, low, high, scope: scope(), to: to() }]
    }
    case 'window': {
      checkFields(step, path, ['high', 'kind', 'low', 'scope', 'to'])
      const low = required('low')
      const high = required('high')
      if (low >= high) throw cardFailure(`${path}.low`, `below ${path}.high (${high})`, low)
      return [{ kind, low, high, scope: scope(), to: to() }]
    }
    case 'mean-std': {
      checkFields(step, path, ['kind', 'mean', 'scope', 'std'])
      const mean = required('mean')
      const std = required('std')
      if (std <= 0) throw cardFailure(`${path}.std`, 'above 0', std)
      return [{ kind, mean, std, scope: scope() }]
    }
  }
}
