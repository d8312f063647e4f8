/**
 * @file The relevance rules of linear layers.
 *
 * All are built of products: parts (x_i, W_i) with a denominator z = sum W_i x_i + b share out the
 * relevance R as sum x_i * W_i^T(R / s(z)). R_in = sum over the groups of parts.
 */

import type { Value } from '../../onnx/ir.ts'
import type { Layer } from './layer.ts'
import { STABILISER, stabilise } from './stabilise.ts'
import { favoured, isZero, negativePart, onesLike, positivePart, squared } from './weight-parts.ts'

export interface LinearRule {
  /** Whether an input of 0 gets no relevance. */
  readonly keepsZero: boolean
  /** Relevance of the layer's x. */
  apply(layer: Layer): Value
  /** Where the rule is x * W^T c: the c, so that layers with the same x and W can add theirs up. */
  signal?(layer: Pick<Layer, 'g' | 'relevance' | 'z'>): Value
}

interface Part {
  readonly x: Value
  readonly w: Value
}

/** x * W^T(R / s(Wx + b)): Bach et al. 2015. */
export function epsilonRule(epsilon: number): LinearRule {
  const signal: LinearRule['signal'] = ({ g, z, relevance }) =>
    g.div(relevance, stabilise(g, z, epsilon))
  return {
    keepsZero: true,
    signal,
    apply: (layer) => layer.g.mul(layer.x, layer.adjoint(signal(layer), layer.w)),
  }
}

/** Positive contributions only: x+ W+ + x- W- over z = W+ x+ + W- x- + b+. */
export const zPlusRule = keepingZero((layer) => shareAligned(layer, positiveBias(layer)))

/** The same without the bias: the probabilities of excitation back-propagation sum to 1. */
export const excitationRule = keepingZero((layer) => shareAligned(layer, null))

/**
 * Excitation at the layer of the classes less that of the same layer with negated weights, which
 * stands for all that speaks against the class (contrastive MWP, Zhang et al. 2016).
 */
export const contrastiveRule = keepingZero((layer) =>
  layer.g.sub(shareAligned(layer, null), shareOpposed(layer, null)),
)

/** alpha * the positive contributions' shares - beta * the negative contributions' shares. */
export function alphaBetaRule(alpha: number, beta: number): LinearRule {
  return keepingZero((layer) => {
    const { g } = layer
    const positive = g.scale(shareAligned(layer, positiveBias(layer)), alpha)
    if (beta === 0) return positive
    return g.sub(positive, g.scale(shareOpposed(layer, negativeBias(layer)), beta))
  })
}

/**
 * Generalised gamma rule (Andeol et al. 2021). With P = W+ x+ + W- x- + b+ the denominators are
 * z + gamma P where z > 0, and z + gamma (z - P) where z < 0; the numerators favour the same parts.
 */
export function gammaRule(gamma: number): LinearRule {
  return keepingZero((layer) => {
    const { g, x, w, z, relevance, adjoint } = layer
    const zero = g.scalarLike(z, 0)
    const positive = sumForward(layer, alignedParts(layer), positiveBias(layer)) ?? zero
    const up = favoured(g, w, gamma, 1)
    const down = favoured(g, w, gamma, -1)
    const share = (denominator: Value, isUsed: Value) =>
      g.where(isUsed, g.div(relevance, stabilise(g, denominator, STABILISER)), zero)
    const above = share(g.add(z, g.scale(positive, gamma)), g.greater(z, zero))
    const pull = (ofAbove: Value, ofBelow: Value): Value => {
      const first = adjoint(above, ofAbove)
      return below ? g.add(first, adjoint(below, ofBelow)) : first
    }
    const negative = () => g.sub(g.scale(z, 1 + gamma), g.scale(positive, gamma))
    const below = layer.isPositiveOnly ? null : share(negative(), g.less(z, zero))
    if (layer.isPositive) return g.mul(x, pull(up, down))
    return g.add(
      g.mul(positivePart(g, x), pull(up, down)),
      g.mul(negativePart(g, x), pull(down, up)),
    )
  })
}

/**
 * For inputs between two bounds (Montavon et al. 2017): x W - low W+ - high W-, which is
 * (x - low) W+ + (x - high) W-. Bounds not given are the smallest and largest x of the row.
 */
export function zBoxRule(low: number | undefined, high: number | undefined): LinearRule {
  const apply: LinearRule['apply'] = (layer) => {
    const { g, x, rowAxes } = layer
    const bottom = low === undefined ? g.reduceMin(x, rowAxes) : g.scalarLike(x, low)
    const top = high === undefined ? g.reduceMax(x, rowAxes) : g.scalarLike(x, high)
    const parts = [
      { x: g.sub(x, bottom), w: positivePart(g, layer.w) },
      { x: g.sub(x, top), w: negativePart(g, layer.w) },
    ].filter(({ w }) => !isZero(g, w))
    return share(layer, parts, null, low === undefined && high === undefined)
  }
  return { keepsZero: false, apply }
}

/** Weights squared, whatever the input: Montavon et al. 2017. The bias is squared too. */
export const wSquareRule: LinearRule = {
  keepsZero: false,
  apply(layer) {
    const { g, w, bias } = layer
    return withoutInput(layer, squared(g, w), bias && squared(g, bias))
  },
}

/** The same share for every input of the window: Lapuschkin et al. 2019. */
export const flatRule: LinearRule = {
  keepsZero: false,
  apply: (layer) => withoutInput(layer, onesLike(layer.g, layer.w), null),
}

function keepingZero(apply: LinearRule['apply']): LinearRule {
  return { keepsZero: true, apply }
}

function withoutInput(layer: Layer, w: Value, bias: Value | null): Value {
  const { g, relevance } = layer
  const z = layer.forward(layer.ones(), w, bias)
  const stable = stabilise(g, z, STABILISER, { isPositive: true })
  return layer.adjoint(g.div(relevance, stable), w)
}

/** The shares of x+ W+ + x- W-, which is never negative. */
function shareAligned(layer: Layer, bias: Value | null): Value {
  return share(layer, alignedParts(layer), bias, true)
}

/** The shares of x+ W- + x- W+, which is never positive. */
function shareOpposed(layer: Layer, bias: Value | null): Value {
  const { g } = layer
  const parts = withParts(layer, negativePart(g, layer.w), positivePart(g, layer.w))
  return share(layer, parts, bias, false)
}

function alignedParts(layer: Layer): readonly Part[] {
  const { g } = layer
  return withParts(layer, positivePart(g, layer.w), negativePart(g, layer.w))
}

/** The positive part of x with one set of weights, its negative part with another. */
function withParts(layer: Layer, forPositive: Value, forNegative: Value): readonly Part[] {
  const { g, x } = layer
  const parts = layer.isPositive
    ? [{ x, w: forPositive }]
    : [
        { x: positivePart(g, x), w: forPositive },
        { x: negativePart(g, x), w: forNegative },
      ]
  return parts.filter(({ w }) => !isZero(g, w))
}

function sumForward(layer: Layer, parts: readonly Part[], bias: Value | null): Value | null {
  const [head, ...tail] = parts
  if (!head) return bias
  const first = layer.forward(head.x, head.w, bias)
  return tail.reduce((sum, { x, w }) => layer.g.add(sum, layer.forward(x, w, null)), first)
}

function share(
  layer: Layer,
  parts: readonly Part[],
  bias: Value | null,
  isPositive: boolean,
): Value {
  const { g, x, relevance } = layer
  const z = sumForward(layer, parts, bias)
  if (!z || parts.length === 0) return g.zeros(x.dims, x.dtype)
  const c = g.div(relevance, stabilise(g, z, STABILISER, { isPositive }))
  return parts
    .map((part) => g.mul(part.x, layer.adjoint(c, part.w)))
    .reduce((sum, part) => g.add(sum, part))
}

function positiveBias({ g, bias }: Layer): Value | null {
  return bias && positivePart(g, bias)
}

function negativeBias({ g, bias }: Layer): Value | null {
  return bias && negativePart(g, bias)
}
