/** @file The adjoint of Conv (ConvTranspose) as one stride-1 Conv and a depth-to-space. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { sizeAt } from '../../onnx/shape-arithmetic.ts'
import { emitConv } from './emit-conv.ts'
import { interleavePhases } from './interleave-phases.ts'
import { choosePhaseForm } from './phase-cost.ts'
import { type PhasePlan, planPhases } from './phase-plan.ts'
import { phaseWeights } from './phase-weights.ts'
import type { ProviderTraits } from './provider-traits.ts'
import { emitSeparatePhases, separatePlans } from './separate-phases.ts'
import { emitSpreadDepthwise, isSpreadDepthwise } from './spread-depthwise.ts'
import { emitThinPhases } from './thin-phases.ts'

export interface TransposedConv {
  /** (N, Cout, output sizes of the convolution). */
  readonly cotangent: Value
  /** (Cout, Cin / group, kernel), as the convolution has them. */
  readonly w: Value
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padsBegin: readonly number[]
  readonly group: number
  /** Spatial sizes of the convolution's input. */
  readonly inputSizes: readonly number[]
  /** One factor per Cout that multiplies the cotangent. */
  readonly scale?: Float32Array | null
}

/**
 * Gradient of a convolution with respect to its input, (N, Cin, inputSizes). Zeros are not inserted
 * for a stride (but see `isSpreadDepthwise`): output phases come from stride-1 convolutions.
 */
export function emitTransposedConv(
  g: GraphBuilder,
  traits: ProviderTraits,
  conv: TransposedConv,
): Value {
  const { cotangent, w, strides, group, inputSizes } = conv
  if (isSpreadDepthwise(traits, conv)) return emitSpreadDepthwise(g, traits, conv)
  const plans = inputSizes.map((inputSize, axis) =>
    planPhases({
      kernel: sizeAt(w.dims, axis + 2),
      stride: sizeAt(strides, axis),
      dilation: sizeAt(conv.dilations, axis),
      padBegin: sizeAt(conv.padsBegin, axis),
      inputSize,
      outputSize: sizeAt(cotangent.dims, axis + 2),
    }),
  )
  // On a GPU one large convolution is faster than several small ones.
  const separate = traits.interleavesByConv ? separatePlans(plans, w.dims.slice(2)) : undefined
  const form = choosePhaseForm(w, group, plans, separate)
  const phased =
    separate && form.kind === 'separate'
      ? emitSeparatePhases(g, traits, conv, plans, separate)
      : form.kind === 'thin'
        ? emitThinPhases(g, traits, conv, plans, form.axes)
        : emitTogether(g, traits, conv, plans)
  return interleavePhases(g, traits, phased, { plans, strides, sizes: inputSizes })
}

function emitTogether(
  g: GraphBuilder,
  traits: ProviderTraits,
  { cotangent, w, group, scale }: TransposedConv,
  plans: readonly PhasePlan[],
): Value {
  return emitConv(g, traits, cotangent, phaseWeights(g, w, group, plans, scale ?? null), null, {
    strides: plans.map(() => 1),
    dilations: plans.map((plan) => plan.dilation),
    padsBegin: plans.map((plan) => plan.padBegin),
    padsEnd: plans.map((plan) => plan.padEnd),
    group,
  })
}
