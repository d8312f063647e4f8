/** @file The same phases where they are few: the matrix product is thin and copying dominates it. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { emitConv } from './emit-conv.ts'
import type { PhasePlan } from './phase-plan.ts'
import { phaseWeights } from './phase-weights.ts'
import type { ProviderTraits } from './provider-traits.ts'
import type { TransposedConv } from './transposed-conv.ts'

/** Nanoseconds per gathered input, multiplication and moved sum, measured (native, one thread). */
const GATHER = 0.25
const MULTIPLY = 0.025
const MOVE = 1
/** Below this gain the plain form is kept. */
const WORTHWHILE = 0.8

/**
 * A Conv gathers Cout * taps inputs for every position and multiplies each by as many weights as
 * there are output channels. With few of those (a network's first layer) it pays to leave the
 * first axis out of the kernel: its taps become output channels, which are then shifted and added.
 */
export function isThin(w: Value, group: number, plans: readonly PhasePlan[]): boolean {
  const [first, ...others] = plans
  if (!first || group !== 1) return false
  const [cout = 1, cin = 1, kernel = 1] = w.dims
  const taps = product(others.map((plan) => plan.taps))
  const phases = cin * product(others.map((plan) => plan.phases))
  const plain = cout * taps * first.taps * (GATHER + MULTIPLY * phases * first.phases)
  const split = cout * taps * (GATHER + MULTIPLY * phases * kernel) + MOVE * phases * kernel
  return split < WORTHWHILE * plain
}

/** (N, Cin * phases, positions), as the plain form gives it. */
export function emitThinPhases(
  g: GraphBuilder,
  traits: ProviderTraits,
  { cotangent, w, scale }: TransposedConv,
  plans: readonly PhasePlan[],
): Value {
  const [first, ...others] = plans
  if (!first) return cotangent
  const kernel = sizeAt(w.dims, 2)
  const perTap: PhasePlan = {
    ...first,
    phases: kernel,
    taps: 1,
    dilation: 1,
    tapIndex: range(0, kernel),
  }
  const separate = [perTap, ...others]
  const partial = emitConv(
    g,
    traits,
    cotangent,
    phaseWeights(g, w, 1, separate, scale ?? null),
    null,
    {
      strides: plans.map(() => 1),
      dilations: separate.map((plan) => plan.dilation),
      padsBegin: plans.map((plan) => plan.padBegin),
      padsEnd: plans.map((plan) => plan.padEnd),
      group: 1,
    },
  )
  const batch = sizeAt(partial.dims, 0)
  const cin = sizeAt(w.dims, 1)
  const inner = product(others.map((plan) => plan.phases))
  const [rows = 1, ...rest] = partial.dims.slice(2)
  const split = g.reshape(partial, [batch, cin, kernel, inner, rows, product(rest)])
  const phases = range(0, first.phases).map((phase) => {
    const shifted = range(0, first.taps).flatMap((tap) => {
      const source = first.tapIndex[phase * first.taps + tap] ?? kernel
      const start = tap * first.dilation
      if (source === kernel) return []
      const spec = {
        axes: [2, 4],
        starts: [source, start],
        ends: [source + 1, start + first.positions],
      }
      return [g.slice(split, spec)]
    })
    const [head, ...tail] = shifted
    if (head) return tail.reduce((sum, part) => g.add(sum, part), head)
    return g.zeros([batch, cin, 1, inner, first.positions, product(rest)], partial.dtype)
  })
  return g.reshape(g.concat(phases, 2), [
    batch,
    cin * first.phases * inner,
    first.positions,
    ...rest,
  ])
}
