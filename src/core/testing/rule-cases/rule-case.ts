/** @file What a generated case of a gradient rule is, and the shapes they share. */

import fc from 'fast-check'
import type { GradientCheck } from '../check-gradient.ts'
import type { TinyModel } from '../tiny-models.ts'

/** One node (or a few) whose gradient is compared with finite differences. */
export interface RuleCase {
  readonly model: TinyModel
  readonly check?: GradientCheck
}

/** By operator. */
export type RuleCases = Readonly<Record<string, fc.Arbitrary<RuleCase>>>

export const batch = fc.constantFrom(1, 3)
export const flag = fc.constantFrom(0, 1)

export function between(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max })
}

/** A number away from round ones. */
export function real(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 100 }).map((part) => min + ((max - min) * (part + 0.37)) / 101)
}

/** (N, ...) with up to three more axes. */
export const anyDims = fc
  .tuple(batch, fc.array(between(1, 4), { maxLength: 3 }))
  .map(([n, rest]) => [n, ...rest])

/** (N, C, ...) with one to three spatial axes of at least `smallest`. */
export function imageDims(channels: fc.Arbitrary<number>, smallest: number, largest: number) {
  return fc
    .tuple(batch, channels, fc.array(between(smallest, largest), { minLength: 1, maxLength: 3 }))
    .map(([n, c, spatial]) => ({ n, c, spatial, dims: [n, c, ...spatial] }))
}

/** Keeps entries far from each other and from the kinks at 0 and at whole steps of `gap`. */
export function apart(gap: number, step = gap / 16): GradientCheck {
  return { values: 'distinct', gap, step: Math.min(step, 4e-3) }
}
