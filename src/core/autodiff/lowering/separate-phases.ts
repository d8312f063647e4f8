/** @file The same phases by a convolution each, where one for all would multiply many zeros. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { emitConv } from './emit-conv.ts'
import type { PhasePlan } from './phase-plan.ts'
import { phaseWeights } from './phase-weights.ts'
import type { ProviderTraits } from './provider-traits.ts'
import type { TransposedConv } from './transposed-conv.ts'

/** For every phase, the last axis fastest, a plan per axis; undefined where no tap reaches the phase. */
export function separatePlans(
  plans: readonly PhasePlan[],
  kernel: readonly number[],
): readonly (readonly PhasePlan[] | undefined)[] {
  return plans.reduce<(readonly PhasePlan[] | undefined)[]>(
    (phases, plan, axis) => {
      const own = range(0, plan.phases).map((phase) => onePhase(plan, phase, sizeAt(kernel, axis)))
      return phases.flatMap((head) => own.map((last) => head && last && [...head, last]))
    },
    [[]],
  )
}

/** From the first tap of the phase to its last. */
function onePhase(plan: PhasePlan, phase: number, kernel: number): PhasePlan | undefined {
  const cells = plan.tapIndex.slice(phase * plan.taps, (phase + 1) * plan.taps)
  const first = cells.findIndex((tap) => tap !== kernel)
  const last = cells.findLastIndex((tap) => tap !== kernel)
  if (first < 0) return undefined
  return {
    ...plan,
    firstPhase: plan.firstPhase + phase,
    phases: 1,
    taps: last - first + 1,
    tapIndex: cells.slice(first, last + 1),
    padBegin: plan.padBegin - first * plan.dilation,
    padEnd: plan.padEnd - (plan.taps - 1 - last) * plan.dilation,
  }
}

/** (N, Cin * phases, positions), as the plain form gives it. */
export function emitSeparatePhases(
  g: GraphBuilder,
  traits: ProviderTraits,
  { cotangent, w, group, scale }: TransposedConv,
  plans: readonly PhasePlan[],
  separate: readonly (readonly PhasePlan[] | undefined)[],
): Value {
  const batch = sizeAt(cotangent.dims, 0)
  const channels = sizeAt(w.dims, 1) * group
  const positions = plans.map((plan) => plan.positions)
  const row = [batch, channels, 1, product(positions)]
  const phases = separate.map((own) => {
    if (!own) return g.zeros(row, cotangent.dtype)
    const weights = phaseWeights(g, w, group, own, scale ?? null)
    const phase = emitConv(g, traits, cotangent, weights, null, {
      strides: own.map(() => 1),
      dilations: own.map((plan) => plan.dilation),
      padsBegin: own.map((plan) => plan.padBegin),
      padsEnd: own.map((plan) => plan.padEnd),
      group,
    })
    return g.reshape(phase, row)
  })
  return g.reshape(g.concat(phases, 2), [batch, channels * phases.length, ...positions])
}
