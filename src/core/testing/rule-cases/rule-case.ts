/** @file What the generated cases of a gradient rule are, and the shapes they share. */

import fc from 'fast-check'
import type { GradientCheck } from '../check-gradient.ts'
import type { TinyModel } from '../tiny-models.ts'

/** One node (or a few) whose gradient is compared with finite differences. */
export interface RuleCase {
  readonly model: TinyModel
  readonly check?: GradientCheck
  /** Of the first input; default 0. */
  readonly batchAxis?: number
}

/** The shapes that every rule is tried on: the first input is (batch, channels, `rank` more axes). */
export interface Stratum {
  readonly batch: number
  readonly rank: number
}

/** What a rule is tried on. */
export interface RuleProperty {
  /** Without those that the operator, or the runtime, does not have. */
  readonly ranks: readonly number[]
  /** Cases for every stratum. */
  readonly draws: number
  readonly cases: (stratum: Stratum) => fc.Arbitrary<RuleCase>
}

/** By operator. */
export type RuleProperties = Readonly<Record<string, RuleProperty>>

export function property(
  cases: RuleProperty['cases'],
  { ranks = [1, 2, 3], draws = 3 }: { readonly ranks?: readonly number[]; draws?: number } = {},
): RuleProperty {
  return { ranks, draws, cases }
}

const batches = [1, 3] as const

export function strataOf({ ranks }: RuleProperty): readonly Stratum[] {
  return batches.flatMap((batch) => ranks.map((rank) => ({ batch, rank })))
}

/** Read off the first input of a case, whatever was asked for. */
export function stratumOf({ model, batchAxis = 0 }: RuleCase): Stratum {
  const [dims = []] = Object.values(model.inputs)
  return { batch: dims[batchAxis] ?? 0, rank: dims.length - 2 }
}

export const flag = fc.constantFrom(0, 1)

export function between(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max })
}

/** A number away from round ones. */
export function real(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 100 }).map((part) => min + ((max - min) * (part + 0.37)) / 101)
}

/** `length` draws. */
export function list<T>(each: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> {
  return fc.array(each, { minLength: length, maxLength: length })
}

/** (N, C, spatial) with axes of `smallest` to `largest`. */
export function imageDims(
  { batch, rank }: Stratum,
  channels: fc.Arbitrary<number>,
  smallest: number,
  largest: number,
) {
  return fc
    .tuple(channels, list(between(smallest, largest), rank))
    .map(([c, spatial]) => ({ n: batch, c, spatial, dims: [batch, c, ...spatial] }))
}

/** The same where the axes do not differ. */
export function anyDims(stratum: Stratum): fc.Arbitrary<number[]> {
  return imageDims(stratum, between(1, 3), 1, 3).map(({ dims }) => dims)
}

/** A shape and one of its axes, counted from either end; `from`: the first that may be chosen. */
export function withAxis(stratum: Stratum, from = 0) {
  return anyDims(stratum).chain((dims) =>
    fc
      .tuple(between(from, dims.length - 1), fc.boolean())
      .map(([axis, isNegative]) => ({ dims, axis: isNegative ? axis - dims.length : axis })),
  )
}

/** Keeps entries far from each other and from the kinks at 0 and at whole steps of `gap`. */
export function apart(gap: number): GradientCheck {
  return { values: 'distinct', gap, step: Math.min(0.3 * gap, 0.03) }
}
