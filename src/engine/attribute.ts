/** @file One attribution, from checked words to maps: what the page's worker and the CLI both call. */

import { finiteMaps } from '../core/attribution/finite-maps.ts'
import type { Attribution, RunControl, Target } from '../core/attribution/method.ts'
import { findMethod } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import type { AnyOptionValues } from '../core/options.ts'
import { checkOptions } from '../core/parse-options.ts'
import type { ProviderInfo } from '../core/provider.ts'
import { formatDims, sameDims } from '../core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import type { OpenModel } from './open-model.ts'

export interface AttributionQuestion {
  readonly methodId: string
  /** Missing ones take their defaults. */
  readonly options: AnyOptionValues
  readonly inputs: Tensors
  /** Same shapes as the inputs. */
  readonly baseline: Tensors
  /** For methods that average over baselines: any number of rows per input. */
  readonly baselineRows?: Tensors
  /** The CLI's target grammar; '' = default. */
  readonly target: string
  /** Truth on the grid of the output, for targets K@mask. */
  readonly mask?: Tensor
  readonly classNames?: readonly string[]
  /** For methods of the CAM family; absent = the default layer. */
  readonly layer?: string
  readonly seed: number
}

export interface AttributionAnswer extends Attribution {
  /** All of them, defaults filled in. */
  readonly options: AnyOptionValues
  readonly targetSpec: string
  readonly targetLabel: string
  readonly provider: ProviderInfo
  readonly elapsedMs: number
  /** Per map: values that were NaN or infinite and are 0 now. */
  readonly nonFinite: readonly number[]
}

/** @throws Failure 'bad-request' for what the question gets wrong, 'cancelled' on the signal */
export async function attribute(
  model: OpenModel,
  question: AttributionQuestion,
  control: RunControl,
): Promise<AttributionAnswer> {
  const began = performance.now()
  const { inputs, mask, classNames = [] } = question
  const method = findMethod(question.methodId)
  const options = checkOptions(method.id, method.options, question.options)
  assertSameShapes(inputs, question.baseline)
  control.signal.throwIfAborted()
  control.onProgress({ stage: 'prediction', fraction: 0 })
  const target = await model.resolveTarget(inputs, {
    spec: question.target,
    classNames,
    ...(mask && { mask }),
  })
  control.signal.throwIfAborted()
  const attribution = await runMethod(model, question, target, method.id, options, inputs, control)
  control.signal.throwIfAborted()
  return {
    ...attribution,
    ...finiteMaps(attribution.maps),
    options,
    targetSpec: target.spec,
    targetLabel: target.label,
    provider: model.runtime.provider,
    elapsedMs: performance.now() - began,
  }
}

/** Runs a method with checked options; methods that build on another one come back here. */
function runMethod(
  model: OpenModel,
  question: AttributionQuestion,
  target: Target,
  methodId: string,
  options: AnyOptionValues,
  inputs: Tensors,
  control: RunControl,
): Promise<Attribution> {
  return findMethod(methodId).attribute({
    model,
    inputs,
    baseline: question.baseline,
    ...(question.baselineRows && { baselineRows: question.baselineRows }),
    target,
    options,
    ...(question.layer !== undefined && { layer: question.layer }),
    seed: question.seed,
    signal: control.signal,
    onProgress: control.onProgress,
    attributeWith: (id, given, other, inner) => {
      const { options: spec } = findMethod(id)
      const seeded = { ...question, seed: inner.seed ?? question.seed }
      return runMethod(model, seeded, target, id, checkOptions(id, spec, given), other, inner)
    },
  })
}

function assertSameShapes(inputs: Tensors, baseline: Tensors): void {
  for (const [index, { dims }] of inputs.entries()) {
    const other = baseline[index]?.dims ?? []
    if (sameDims(dims, other)) continue
    throw new Failure(
      'shape-mismatch',
      `The baseline is ${formatDims(other)}, but the input is ${formatDims(dims)}: they must have the same shape.`,
    )
  }
}
