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

/** Which form, and for `thin` the axes that are left out of the kernel. */
export type PhaseForm =
  | { readonly kind: 'separate' | 'together' }
  | { readonly kind: 'thin'; readonly axes: readonly number[] }

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
  const cout = sizeAt(w.dims, 0) / group
  const cin = sizeAt(w.dims, 1)
  const run = (inputs: number, outputs: number) => inputs * (GATHER + MULTIPLY * outputs)
  const phases = cin * product(plans.map((plan) => plan.phases))
  const together = run(cout * product(plans.map((plan) => plan.taps)), phases)
  const one = (own: readonly PhasePlan[] | undefined) =>
    own ? run(cout * product(own.map((plan) => plan.taps)), cin) : 0
  const apart = separate
    ? separate.reduce((sum, own) => sum + one(own), MOVE * phases)
    : Number.POSITIVE_INFINITY
  const thinCost = (axes: readonly number[]) => {
    const isOut = (_: unknown, axis: number) => axes.includes(axis)
    const inner = plans.filter((plan, axis) => !isOut(plan, axis))
    const kernels = w.dims.slice(2).filter(isOut)
    const slices = cin * product(kernels) * product(inner.map((plan) => plan.phases))
    let moved = 0
    let left = slices
    for (const axis of axes) {
      moved += left
      left *= (plans[axis]?.phases ?? 1) / sizeAt(w.dims, 2 + axis)
    }
    return run(cout * product(inner.map((plan) => plan.taps)), slices) + MOVE * moved
  }
  const [thin] = (group === 1 ? thinChoices(plans) : [])
    .map((axes) => ({ axes, cost: thinCost(axes) }))
    .sort((a, b) => a.cost - b.cost)
  const least = thin?.cost ?? Number.POSITIVE_INFINITY
  if (Math.min(apart, least) >= WORTHWHILE * together) return { kind: 'together' }
  return thin && least <= apart ? { kind: 'thin', axes: thin.axes } : { kind: 'separate' }
}

/**
 * The first axis along which the kernel reaches further than one position, and that with the next one. The
 * last axis stays with another: single rows are slow to move.
 */
function thinChoices(plans: readonly PhasePlan[]): readonly (readonly number[])[] {
  const long = plans.flatMap(({ taps }, axis) => (taps > 1 ? [axis] : []))
  const [first = 0, second] = long
  const last = plans.length - 1
  return second !== undefined && second < last ? [[first], [first, second]] : [[first]]
}
