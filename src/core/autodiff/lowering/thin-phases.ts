/** @file The same phases where they are few: the matrix product is thin and copying dominates it. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { emitConv } from './emit-conv.ts'
import { thinAxis } from './phase-cost.ts'
import type { PhasePlan } from './phase-plan.ts'
import { phaseWeights } from './phase-weights.ts'
import type { ProviderTraits } from './provider-traits.ts'
import type { TransposedConv } from './transposed-conv.ts'

/**
 * With few output channels (a network's first layer) it pays to leave one axis out of the kernel: its
 * taps become output channels, which are then shifted and added. (N, Cin * phases, positions), as the
 * plain form gives it.
 */
export function emitThinPhases(
  g: GraphBuilder,
  traits: ProviderTraits,
  { cotangent, w, scale }: TransposedConv,
  plans: readonly PhasePlan[],
): Value {
  const axis = thinAxis(plans)
  const plan = plans[axis]
  if (!plan) return cotangent
  const kernel = sizeAt(w.dims, 2 + axis)
  const perTap: PhasePlan = {
    ...plan,
    phases: kernel,
    taps: 1,
    dilation: 1,
    tapIndex: range(0, kernel),
  }
  const separate = plans.with(axis, perTap)
  const partial = emitConv(
    g,
    traits,
    cotangent,
    phaseWeights(g, w, 1, separate, scale ?? null),
    null,
    {
      strides: plans.map(() => 1),
      dilations: separate.map((each) => each.dilation),
      padsBegin: plans.map((each) => each.padBegin),
      padsEnd: plans.map((each) => each.padEnd),
      group: 1,
    },
  )
  const [batch = 1, , ...sizes] = partial.dims
  const phasesOf = (some: readonly PhasePlan[]) => product(some.map((each) => each.phases))
  const channels = sizeAt(w.dims, 1) * phasesOf(plans.slice(0, axis))
  const inner = phasesOf(plans.slice(axis + 1))
  const before = product(sizes.slice(0, axis))
  const after = product(sizes.slice(axis + 1))
  const split = g.reshape(partial, [
    batch * channels,
    kernel,
    inner * before,
    sizeAt(sizes, axis),
    after,
  ])
  const phases = range(0, plan.phases).map((phase) => {
    const shifted = range(0, plan.taps).flatMap((tap) => {
      const source = plan.tapIndex[phase * plan.taps + tap] ?? kernel
      const start = tap * plan.dilation
      if (source === kernel) return []
      const spec = {
        axes: [1, 3],
        starts: [source, start],
        ends: [source + 1, start + plan.positions],
      }
      return [g.slice(split, spec)]
    })
    const [head, ...tail] = shifted
    if (head) return tail.reduce((sum, part) => g.add(sum, part), head)
    return g.zeros([batch * channels, 1, inner * before, plan.positions, after], partial.dtype)
  })
  return g.reshape(g.concat(phases, 1), [
    batch,
    channels * plan.phases * inner,
    ...sizes.with(axis, plan.positions),
  ])
}
