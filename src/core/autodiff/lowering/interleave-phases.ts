/** @file Puts the phases of a transposed convolution back into their places. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { PhasePlan } from './phase-plan.ts'
import type { ProviderTraits } from './provider-traits.ts'

export interface PhaseGrid {
  /** One per spatial axis. */
  readonly plans: readonly Pick<PhasePlan, 'firstPhase' | 'phases' | 'positions'>[]
  readonly strides: readonly number[]
  /** Spatial sizes of the result. */
  readonly sizes: readonly number[]
}

/** (N, C * phases, positions) -> (N, C, sizes): position q of phase r goes to stride * q + r. */
export function interleavePhases(
  g: GraphBuilder,
  traits: ProviderTraits,
  phased: Value,
  grid: PhaseGrid,
): Value {
  if (grid.strides.every((stride) => stride === 1)) return phased
  return traits.interleavesByConv ? byConvTranspose(g, phased, grid) : byTranspose(g, phased, grid)
}

/**
 * The last two axes by a transposed convolution without overlap whose kernels are the unit blocks:
 * it copies rows where a Transpose would move single numbers, several times faster on a CPU. Phases
 * that no tap reaches get no kernel and stay zero. A third axis is moved in whole planes.
 */
function byConvTranspose(g: GraphBuilder, phased: Value, grid: PhaseGrid): Value {
  const { plans, strides, sizes } = grid
  const [batch = 1, width = 1] = phased.dims
  const channels = width / product(plans.map((plan) => plan.phases))
  const inner = {
    plans: plans.slice(-2),
    strides: strides.slice(-2),
    sizes: sizes.slice(-2),
  }
  const [plan] = plans
  const [stride = 1] = strides
  if (plans.length < 3 || !plan) {
    return g.reshape(placeInner(g, phased, batch * channels, inner), [batch, channels, ...sizes])
  }
  const { phases, positions, firstPhase } = plan
  const innerPhases = product(inner.plans.map((each) => each.phases))
  const plane = product(inner.plans.map((each) => each.positions))
  const split = g.reshape(phased, [batch * channels, phases, innerPhases, positions, plane])
  const planes = g.transpose(split, [0, 3, 1, 2, 4])
  const placed = placeInner(g, planes, batch * channels * positions * phases, inner)
  const rows = g.reshape(placed, [batch * channels, positions, phases, product(inner.sizes)])
  const whole = g.pad(rows, [0, 0, firstPhase, 0], [0, 0, stride - firstPhase - phases, 0])
  const grown = g.reshape(whole, [batch, channels, positions * stride, ...inner.sizes])
  return g.slice(grown, { axes: [2], starts: [0], ends: sizes.slice(0, 1) })
}

/** (`rows`, 1, sizes), from values that hold `rows` times all phases of one or two axes. */
function placeInner(
  g: GraphBuilder,
  phased: Value,
  rows: number,
  { plans, strides, sizes }: PhaseGrid,
): Value {
  const phases = product(plans.map((plan) => plan.phases))
  const block = product(strides)
  // One phase of stride 1 is in its place already.
  if (block === 1) {
    const axes = range(2, 2 + sizes.length)
    const placed = g.reshape(phased, [rows, 1, ...plans.map((plan) => plan.positions)])
    return g.slice(placed, { axes, starts: axes.map(() => 0), ends: sizes })
  }
  const kernels = new Float32Array(phases * block)
  for (let phase = 0; phase < phases; phase++) {
    kernels[phase * block + placeInBlock(phase, plans, strides)] = 1
  }
  const positions = plans.map((plan) => plan.positions)
  const surplus = positions.map(
    (count, axis) => count * sizeAt(strides, axis) - sizeAt(sizes, axis),
  )
  const args = [
    g.reshape(phased, [rows, phases, ...positions]),
    g.numbers([phases, 1, ...strides], kernels, phased.dtype),
  ]
  return g.node('ConvTranspose', args, [rows, 1, ...sizes], {
    kernel_shape: strides,
    strides,
    pads: [...sizes.map(() => 0), ...surplus],
  })
}

/** Row-major index in a block of `strides` of the phase with row-major index `phase` in `plans`. */
function placeInBlock(
  phase: number,
  plans: PhaseGrid['plans'],
  strides: readonly number[],
): number {
  let rest = phase
  let place = 0
  let step = 1
  for (let axis = plans.length - 1; axis >= 0; axis--) {
    const plan = plans[axis]
    if (!plan) continue
    place += (plan.firstPhase + (rest % plan.phases)) * step
    rest = Math.floor(rest / plan.phases)
    step *= sizeAt(strides, axis)
  }
  return place
}

function byTranspose(g: GraphBuilder, phased: Value, { plans, strides, sizes }: PhaseGrid): Value {
  const spatial = plans.length
  const batch = sizeAt(phased.dims, 0)
  const phases = plans.map((plan) => plan.phases)
  const channels = phases.reduce((left, count) => left / count, sizeAt(phased.dims, 1))
  const positions = plans.map((plan) => plan.positions)
  const split = g.reshape(phased, [batch, channels, ...phases, ...positions])
  const perm = range(0, spatial).flatMap((axis) => [2 + spatial + axis, 2 + axis])
  const interleaved = g.transpose(split, [0, 1, ...perm])
  // Phases that no tap reaches (kernel smaller than the stride) are zero.
  const missing = plans.flatMap(({ firstPhase }) => [0, firstPhase])
  const missingAfter = plans.flatMap((plan, axis) => [
    0,
    sizeAt(strides, axis) - plan.firstPhase - plan.phases,
  ])
  const whole = g.pad(interleaved, [0, 0, ...missing], [0, 0, ...missingAfter])
  const grid = positions.map((count, axis) => count * sizeAt(strides, axis))
  const axes = range(2, 2 + spatial)
  return g.slice(g.reshape(whole, [batch, channels, ...grid]), {
    axes,
    starts: axes.map(() => 0),
    ends: sizes,
  })
}
