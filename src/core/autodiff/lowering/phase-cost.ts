/** @file Which form of a transposed convolution is the fastest on a CPU. */

import type { Value } from '../../onnx/ir.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { PhasePlan } from './phase-plan.ts'

/** Nanoseconds per gathered input, multiplication and moved sum, measured (native, one thread). */
const GATHER = 0.25
const MULTIPLY = 0.025
const MOVE = 1
/** Below this gain the plain form is kept. */
const WORTHWHILE = 0.8

/** The first axis along which the kernel reaches further than one position: the one that `thin` leaves out. */
export function thinAxis(plans: readonly PhasePlan[]): number {
  return Math.max(
    0,
    plans.findIndex(({ taps }) => taps > 1),
  )
}

type PhaseForm = 'separate' | 'thin' | 'together'

/**
 * A Conv gathers Cout * taps inputs for every position and multiplies each by as many weights as
 * there are output channels. All phases `together` share the gathering but pad their taps with zeros
 * to the longest (3 taps of stride 2 become 4 per axis). `separate` phases have their own taps only and
 * are put side by side afterwards. `thin`: see thin-phases.ts.
 */
export function choosePhaseForm(
  w: Value,
  group: number,
  plans: readonly PhasePlan[],
  separate: readonly (readonly PhasePlan[] | undefined)[] | undefined,
): PhaseForm {
  const axis = thinAxis(plans)
  const others = plans.toSpliced(axis, 1)
  const cout = sizeAt(w.dims, 0) / group
  const cin = sizeAt(w.dims, 1)
  const kernel = sizeAt(w.dims, 2 + axis)
  const run = (inputs: number, outputs: number) => inputs * (GATHER + MULTIPLY * outputs)
  const phases = cin * product(plans.map((plan) => plan.phases))
  const together = run(cout * product(plans.map((plan) => plan.taps)), phases)
  const one = (own: readonly PhasePlan[] | undefined) =>
    own ? run(cout * product(own.map((plan) => plan.taps)), cin) : 0
  const apart = separate
    ? separate.reduce((sum, own) => sum + one(own), MOVE * phases)
    : Number.POSITIVE_INFINITY
  const slices = cin * kernel * product(others.map((plan) => plan.phases))
  const taps = product(others.map((plan) => plan.taps))
  const thin = group === 1 ? run(cout * taps, slices) + MOVE * slices : Number.POSITIVE_INFINITY
  if (Math.min(apart, thin) >= WORTHWHILE * together) return 'together'
  return apart < thin ? 'separate' : 'thin'
}
