/** @file Which rule each linear layer of a network gets. */

import { Failure } from '../../failure.ts'
import {
  alphaBetaRule,
  contrastiveRule,
  epsilonRule,
  excitationRule,
  flatRule,
  gammaRule,
  type LinearRule,
  wSquareRule,
  zBoxRule,
  zPlusRule,
} from './linear-rules.ts'

/** In the order of the list that people choose from. */
export const lrpComposites = [
  'epsilon',
  'z-plus',
  'alpha-beta',
  'gamma',
  'epsilon-plus',
  'epsilon-plus-flat',
  'epsilon-alpha2-beta1',
  'epsilon-alpha2-beta1-flat',
  'epsilon-gamma-box',
  'w-square',
  'flat',
] as const

export type LrpComposite = (typeof lrpComposites)[number]

export interface RuleNumbers {
  readonly epsilon: number
  readonly gamma: number
  readonly alpha: number
  readonly beta: number
  /** Bounds of the first layer's input; undefined = smallest and largest of the row. */
  readonly low?: number | undefined
  readonly high?: number | undefined
}

/** Where a layer stands in its network. */
export interface LayerPlace {
  readonly family: 'conv' | 'dense'
  /** No linear layer lies between a model input and this one. */
  readonly isFirst: boolean
  /** A convolution with no other convolution before it. */
  readonly isFirstConv: boolean
  /** No linear layer lies between this one and the explained value. */
  readonly isLast: boolean
}

/** Chooses a layer's rule. */
export interface Composite {
  /** Identifies it, with its numbers. */
  readonly key: string
  choose(place: LayerPlace): LinearRule
}

/** @throws Failure 'bad-request' for numbers that the rules do not allow */
export function lrpComposite(id: LrpComposite, numbers: RuleNumbers): Composite {
  const { epsilon, gamma, alpha, beta, low, high } = numbers
  if (id === 'alpha-beta' && Math.abs(alpha - beta - 1) > 1e-6) {
    throw new Failure(
      'bad-request',
      `alpha - beta must be 1 for relevance to be conserved, but alpha is ${alpha} and beta ` +
        `${beta}: use alpha=${round(beta + 1)} with that beta, or beta=${round(alpha - 1)} with that alpha`,
    )
  }
  if (low !== undefined && high !== undefined && low > high) {
    throw new Failure(
      'bad-request',
      `low (${low}) must not be above high (${high}): they bound the values of the input`,
    )
  }
  const dense = epsilonRule(epsilon)
  const byFamily = (conv: LinearRule) => (place: LayerPlace) =>
    place.family === 'conv' ? conv : dense
  const flatFirst = (conv: LinearRule) => (place: LayerPlace) =>
    place.isFirst ? flatRule : byFamily(conv)(place)
  const all = (rule: LinearRule) => () => rule
  const alpha2Beta1 = alphaBetaRule(2, 1)
  const box = zBoxRule(low, high)
  const chosen: Readonly<Record<LrpComposite, (place: LayerPlace) => LinearRule>> = {
    epsilon: all(dense),
    'z-plus': all(zPlusRule),
    'alpha-beta': all(alphaBetaRule(alpha, beta)),
    gamma: all(gammaRule(gamma)),
    'epsilon-plus': byFamily(zPlusRule),
    'epsilon-plus-flat': flatFirst(zPlusRule),
    'epsilon-alpha2-beta1': byFamily(alpha2Beta1),
    'epsilon-alpha2-beta1-flat': flatFirst(alpha2Beta1),
    'epsilon-gamma-box': (place) => (place.isFirstConv ? box : byFamily(gammaRule(gamma))(place)),
    'w-square': all(wSquareRule),
    flat: all(flatRule),
  }
  const key = `${id};${epsilon};${gamma};${alpha};${beta};${low ?? ''};${high ?? ''}`
  return { key, choose: chosen[id] }
}

/** Deep Taylor decomposition: z-plus, and z-box where the network reads its input. */
export const deepTaylorComposite: Composite = {
  key: 'deep-taylor',
  choose: ({ isFirst }) => (isFirst ? zBoxRule(undefined, undefined) : zPlusRule),
}

/** Winning probabilities; `isContrastive` also counts what speaks against the class. */
export function excitationComposite(isContrastive: boolean): Composite {
  return {
    key: isContrastive ? 'contrastive-excitation' : 'excitation',
    choose: ({ isLast }) => (isContrastive && isLast ? contrastiveRule : excitationRule),
  }
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
