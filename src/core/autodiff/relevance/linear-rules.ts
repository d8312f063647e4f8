/**
 * @file The relevance rules of linear layers.
 *
 * All are built of products: parts (x_i, W_i) with a denominator z = sum W_i x_i + b share out the
 * relevance R as sum x_i * W_i^T(R / s(z)). R_in = sum over the groups of parts.
 */

import type { Value } from '../../onnx/ir.ts'
import type { Layer } from './layer.ts'
import type { Share } from './shares.ts'
import { STABILISER, stabilise } from './stabilise.ts'
import {
  NEGATIVE,
  negativePart,
  ONES,
  POSITIVE,
  positivePart,
  SQUARES,
  squared,
  type WeightPart,
  WHOLE,
} from './weight-parts.ts'

export interface LinearRule {
  /** Whether an input of 0 gets no relevance. */
  readonly keepsZero: boolean
  /** The relevance of the layer's x is their sum. */
  shares(layer: Layer): readonly Share[]
  /** The same for a layer whose every output has one input, where it is another rule. */
  sharesOfOne?(layer: Layer): readonly Share[]
}

interface Part {
  readonly x: Value
  readonly part: WeightPart
}

/** x * W^T(R / s(Wx + b)): Bach et al. 2015. */
export function epsilonRule(epsilon: number): LinearRule {
  return keepingZero(({ g, x, z, relevance }) => [
    { x, part: WHOLE, c: g.div(relevance, stabilise(g, z, epsilon)) },
  ])
}

/** Positive contributions only: x+ W+ + x- W- over z = W+ x+ + W- x- + b+. */
export const zPlusRule = keepingZero((layer) => shareAligned(layer, positiveBias(layer)))

/** The same without the bias: the probabilities of excitation back-propagation sum to 1. */
export const excitationRule = keepingZero((layer) => shareAligned(layer, null))

/**
 * Excitation at the layer of the classes less that of the same layer with negated weights, which
 * stands for all that speaks against the class (contrastive MWP, Zhang et al. 2016).
 */
export const contrastiveRule = keepingZero((layer) => [
  ...shareAligned(layer, null),
  ...shareOpposed(layer, null, -1),
])

/**
 * alpha * the positive contributions' shares - beta * the negative contributions' shares. An output of
 * one input has a contribution of one sign: alpha and beta have nothing to weigh there, and it is shared
 * between that contribution and the part of the bias with its sign.
 */
export function alphaBetaRule(alpha: number, beta: number): LinearRule {
  const weighed = (layer: Layer, positive: number, negative: number) => {
    const aligned = shareAligned(layer, positiveBias(layer), positive)
    return negative === 0
      ? aligned
      : [...aligned, ...shareOpposed(layer, negativeBias(layer), negative)]
  }
  return {
    ...keepingZero((layer) => weighed(layer, alpha, -beta)),
    sharesOfOne: (layer) => weighed(layer, 1, beta === 0 ? 0 : 1),
  }
}

/**
 * Generalised gamma rule (Andeol et al. 2021). With P = W+ x+ + W- x- + b+ the denominators are
 * z + gamma P where z > 0, and z + gamma (z - P) where z < 0; the numerators favour the same parts.
 */
export function gammaRule(gamma: number): LinearRule {
  return keepingZero((layer) => {
    const { g, x, z, relevance } = layer
    const zero = g.scalarLike(z, 0)
    const positive = sumForward(layer, alignedParts(layer), positiveBias(layer)) ?? zero
    const up: WeightPart = { kind: 'favour', gamma, sign: 1 }
    const down: WeightPart = { kind: 'favour', gamma, sign: -1 }
    const isAbove = g.greater(z, zero)
    const isBelow = layer.isPositiveOnly ? null : g.less(z, zero)
    const favoured = isBelow ? g.where(isAbove, positive, g.sub(z, positive)) : positive
    const denominator = g.add(z, g.scale(favoured, gamma))
    const c = g.div(relevance, stabilise(g, denominator, STABILISER, { isPositive: !isBelow }))
    const above = g.where(isAbove, c, zero)
    const below = isBelow && g.where(isBelow, c, zero)
    const of = (part: Value, ofAbove: WeightPart, ofBelow: WeightPart): Share[] => [
      { x: part, part: ofAbove, c: above },
      ...(below ? [{ x: part, part: ofBelow, c: below }] : []),
    ]
    if (layer.isPositive) return of(x, up, down)
    return [...of(positivePart(g, x), up, down), ...of(negativePart(g, x), down, up)]
  })
}

/**
 * For inputs between two bounds (Montavon et al. 2017): x W - low W+ - high W-, which is
 * (x - low) W+ + (x - high) W-. Bounds not given are the smallest and largest x of the row.
 */
export function zBoxRule(low: number | undefined, high: number | undefined): LinearRule {
  const shares: LinearRule['shares'] = (layer) => {
    const { g, x, rowAxes } = layer
    const bottom = low === undefined ? g.reduceMin(x, rowAxes) : g.scalarLike(x, low)
    const top = high === undefined ? g.reduceMax(x, rowAxes) : g.scalarLike(x, high)
    const parts = [
      { x: g.sub(x, bottom), part: POSITIVE },
      { x: g.sub(x, top), part: NEGATIVE },
    ].filter(({ part }) => !layer.isZero(part))
    return share(layer, parts, null, low === undefined && high === undefined)
  }
  return { keepsZero: false, shares }
}

/** Weights squared, whatever the input: Montavon et al. 2017. The bias is squared too. */
export const wSquareRule: LinearRule = {
  keepsZero: false,
  shares: (layer) => withoutInput(layer, SQUARES, layer.bias && squared(layer.g, layer.bias)),
}

/** The same share for every input of the window: Lapuschkin et al. 2019. */
export const flatRule: LinearRule = {
  keepsZero: false,
  shares: (layer) => withoutInput(layer, ONES, null),
}

function keepingZero(shares: LinearRule['shares']): LinearRule {
  return { keepsZero: true, shares }
}

function withoutInput(layer: Layer, part: WeightPart, bias: Value | null): readonly Share[] {
  const { g, relevance } = layer
  const z = layer.forward(layer.ones(), part, bias)
  const stable = stabilise(g, z, STABILISER, { isPositive: true })
  return [{ x: null, part, c: g.div(relevance, stable) }]
}

/** `factor` times the shares of x+ W+ + x- W-, which is never negative. */
function shareAligned(layer: Layer, bias: Value | null, factor = 1): readonly Share[] {
  return share(layer, alignedParts(layer), bias, true, factor)
}

/** `factor` times the shares of x+ W- + x- W+, which is never positive. */
function shareOpposed(layer: Layer, bias: Value | null, factor = 1): readonly Share[] {
  return share(layer, withParts(layer, NEGATIVE, POSITIVE), bias, false, factor)
}

function alignedParts(layer: Layer): readonly Part[] {
  return withParts(layer, POSITIVE, NEGATIVE)
}

/** The positive part of x with one set of weights, its negative part with another. */
function withParts(
  layer: Layer,
  forPositive: WeightPart,
  forNegative: WeightPart,
): readonly Part[] {
  const { g, x } = layer
  const parts = layer.isPositive
    ? [{ x, part: forPositive }]
    : [
        { x: positivePart(g, x), part: forPositive },
        { x: negativePart(g, x), part: forNegative },
      ]
  return parts.filter(({ part }) => !layer.isZero(part))
}

/** In the shape of z, or in one that broadcasts to it; null where there is nothing to add up. */
function sumForward(layer: Layer, parts: readonly Part[], bias: Value | null): Value | null {
  const [head, ...tail] = parts
  if (!head) return bias && layer.broadcastBias(bias)
  const first = layer.forward(head.x, head.part, bias)
  return tail.reduce((sum, { x, part }) => layer.g.add(sum, layer.forward(x, part, null)), first)
}

function share(
  layer: Layer,
  parts: readonly Part[],
  bias: Value | null,
  isPositive: boolean,
  factor = 1,
): readonly Share[] {
  const { g, relevance } = layer
  const z = parts.length > 0 ? sumForward(layer, parts, bias) : null
  // Weights of one sign may leave the bias alone, whose share nobody gets.
  if (!z) return []
  const c = g.div(relevance, stabilise(g, z, STABILISER, { isPositive }))
  const scaled = factor === 1 ? c : g.scale(c, factor)
  return parts.map((part) => ({ ...part, c: scaled }))
}

function positiveBias({ g, bias }: Layer): Value | null {
  return bias && positivePart(g, bias)
}

function negativeBias({ g, bias }: Layer): Value | null {
  return bias && negativePart(g, bias)
}
