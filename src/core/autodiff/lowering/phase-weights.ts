/** @file The weights of a transposed convolution written as one stride-1 Conv over all phases. */

import { readFloats } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { ConstantTensor, Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { PhasePlan } from './phase-plan.ts'

/**
 * (Cout, Cin/group, kernel) -> (Cin * phases, Cout/group, taps): channels transposed inside every
 * group, taps picked per phase (reversed where the stride is 1). `scale`, one factor per Cout,
 * multiplies the cotangent's channels.
 */
export function phaseWeights(
  g: GraphBuilder,
  w: Value,
  group: number,
  plans: readonly PhasePlan[],
  scale: Float32Array | null,
): Value {
  const known = g.constantOf(w)
  if (known && known.dtype === 'float32') return constantWeights(g, known, group, plans, scale)
  return gatheredWeights(g, scale ? scaleOutputs(g, w, scale) : w, group, plans)
}

function constantWeights(
  g: GraphBuilder,
  w: ConstantTensor,
  group: number,
  plans: readonly PhasePlan[],
  scale: Float32Array | null,
): Value {
  const source = readFloats(w)
  const cout = sizeAt(w.dims, 0) / group
  const cin = sizeAt(w.dims, 1)
  const kernel = w.dims.slice(2)
  const volume = product(kernel)
  // Every (phases..., taps...) cell to its place in the kernel, or -1; the last axis fastest.
  const cells = tapCells(kernel, plans)
  const phases = product(plans.map((plan) => plan.phases))
  const taps = product(plans.map((plan) => plan.taps))
  const out = new Float32Array(group * cin * phases * cout * taps)
  let at = 0
  for (let part = 0; part < group; part++) {
    for (let i = 0; i < cin; i++) {
      for (let phase = 0; phase < phases; phase++) {
        for (let o = 0; o < cout; o++) {
          const channel = part * cout + o
          const base = (channel * cin + i) * volume
          const factor = scale ? (scale[channel] ?? 1) : 1
          for (let tap = 0; tap < taps; tap++) {
            const cell = cells[phase * taps + tap] ?? -1
            out[at++] = cell < 0 ? 0 : (source[base + cell] ?? 0) * factor
          }
        }
      }
    }
  }
  const dims = [group * cin * phases, cout, ...plans.map((plan) => plan.taps)]
  return g.numbers(dims, out)
}

function tapCells(kernel: readonly number[], plans: readonly PhasePlan[]): Int32Array {
  const phases = product(plans.map((plan) => plan.phases))
  const taps = product(plans.map((plan) => plan.taps))
  const cells = new Int32Array(phases * taps)
  for (let i = 0; i < cells.length; i++) {
    let phase = Math.floor(i / taps)
    let tap = i % taps
    let cell = 0
    let stride = 1
    for (let axis = plans.length - 1; axis >= 0; axis--) {
      const plan = plans[axis]
      const size = sizeAt(kernel, axis)
      if (!plan) continue
      const k = plan.tapIndex[(phase % plan.phases) * plan.taps + (tap % plan.taps)] ?? size
      phase = Math.floor(phase / plan.phases)
      tap = Math.floor(tap / plan.taps)
      cell = k === size || cell < 0 ? -1 : cell + k * stride
      stride *= size
    }
    cells[i] = cell
  }
  return cells
}

/** The same in the graph, for weights that are computed: one zero tap is appended, then gathered. */
function gatheredWeights(
  g: GraphBuilder,
  w: Value,
  group: number,
  plans: readonly PhasePlan[],
): Value {
  const spatial = plans.length
  const cout = sizeAt(w.dims, 0) / group
  const cin = sizeAt(w.dims, 1)
  const kernel = w.dims.slice(2)
  const needsZero = plans.map((plan, axis) => plan.tapIndex.includes(sizeAt(kernel, axis)))
  let taken = g.pad(
    w,
    w.dims.map(() => 0),
    [0, 0, ...needsZero.map(Number)],
  )
  for (const [axis, plan] of plans.entries()) {
    const dims = taken.dims.with(axis + 2, plan.tapIndex.length)
    taken = g.node('Gather', [taken, g.ints(plan.tapIndex)], dims, { axis: axis + 2 })
  }
  const split = g.reshape(taken, [
    group,
    cout,
    cin,
    ...plans.flatMap((plan) => [plan.phases, plan.taps]),
  ])
  const phaseAxes = range(0, spatial).map((axis) => 3 + 2 * axis)
  const tapAxes = phaseAxes.map((axis) => axis + 1)
  const ordered = g.transpose(split, [0, 2, ...phaseAxes, 1, ...tapAxes])
  const phases = product(plans.map((plan) => plan.phases))
  return g.reshape(ordered, [group * cin * phases, cout, ...plans.map((plan) => plan.taps)])
}

function scaleOutputs(g: GraphBuilder, w: Value, scale: Float32Array): Value {
  const dims = w.dims.map((size, axis) => (axis === 0 ? size : 1))
  return g.mul(w, g.numbers(dims, scale, w.dtype))
}
