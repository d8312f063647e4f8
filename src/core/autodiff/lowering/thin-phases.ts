/** @file The same phases where they are few: the matrix product is thin and copying dominates it. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { emitConv } from './emit-conv.ts'
import type { PhasePlan } from './phase-plan.ts'
import { phaseWeights } from './phase-weights.ts'
import type { ProviderTraits } from './provider-traits.ts'
import type { TransposedConv } from './transposed-conv.ts'

/**
 * With few output channels (a network's first layer) it pays to leave axes out of the kernel: their taps
 * become output channels, which are then shifted and added, axis by axis. (N, Cin * phases, positions), as
 * the plain form gives it.
 */
export function emitThinPhases(
  g: GraphBuilder,
  traits: ProviderTraits,
  { cotangent, w, scale }: TransposedConv,
  plans: readonly PhasePlan[],
  axes: readonly number[],
): Value {
  const separate = plans.map((plan, axis) =>
    axes.includes(axis) ? perTap(plan, sizeAt(w.dims, 2 + axis)) : plan,
  )
  const filters = phaseWeights(g, w, 1, separate, scale ?? null)
  const partial = emitConv(g, traits, cotangent, filters, null, {
    strides: plans.map(() => 1),
    dilations: separate.map((each) => each.dilation),
    padsBegin: plans.map((each) => each.padBegin),
    padsEnd: plans.map((each) => each.padEnd),
    group: 1,
  })
  const channels = sizeAt(w.dims, 1)
  let done = separate
  let sum = partial
  for (const axis of axes) {
    const plan = plans[axis]
    if (!plan) continue
    const next = done.with(axis, plan)
    sum = addTaps(g, sum, { axis, plan, kernel: sizeAt(w.dims, 2 + axis), channels, next })
    done = next
  }
  return sum
}

/** Every tap a phase of its own. */
function perTap(plan: PhasePlan, kernel: number): PhasePlan {
  return { ...plan, phases: kernel, taps: 1, dilation: 1, tapIndex: range(0, kernel) }
}

interface Taps {
  readonly axis: number
  readonly plan: PhasePlan
  readonly kernel: number
  /** Without phases. */
  readonly channels: number
  /** What the channels of the result stand for. */
  readonly next: readonly PhasePlan[]
}

/** Channels (.., tap, ..) to (.., phase, ..): every phase adds up its taps, shifted. */
function addTaps(g: GraphBuilder, partial: Value, taps: Taps): Value {
  const { axis, plan, kernel, next } = taps
  const [batch = 1, , ...sizes] = partial.dims
  const phasesOf = (some: readonly PhasePlan[]) => product(some.map((each) => each.phases))
  const channels = taps.channels * phasesOf(next.slice(0, axis))
  const inner = phasesOf(next.slice(axis + 1))
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
