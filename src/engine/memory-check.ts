/** @file Says before a run that it would not fit, and what would. */

import type { TypedModel } from '../core/autodiff/typed-model.ts'
import { Failure } from '../core/failure.ts'
import { peakActivationBytes } from '../core/onnx/activation-memory.ts'
import { sizeOf } from '../core/onnx/constants.ts'
import { byteSize } from '../core/onnx/dtypes.ts'
import { formatDims } from '../core/tensor/arithmetic.ts'
import { formatBytes } from './format-bytes.ts'
import type { RuntimeLimits } from './runtime.ts'

export interface MemoryEstimate {
  /** Live activations at the peak. */
  readonly activationBytes: number
  /** Everything: activations, and the weights twice (the file while it is read, the runtime's copy). */
  readonly peakBytes: number
  /** The largest single activation. */
  readonly largestBytes: number
}

export function estimateMemory({ model, types }: TypedModel): MemoryEstimate {
  const { graph } = model
  const activationBytes = peakActivationBytes(graph, types)
  let weightBytes = 0
  for (const { bytes } of graph.initializers.values()) weightBytes += bytes.length
  let largestBytes = 0
  for (const { outputs } of graph.nodes) {
    for (const name of outputs) {
      const value = types.get(name)
      if (value) largestBytes = Math.max(largestBytes, byteSize(value.dtype, sizeOf(value.dims)))
    }
  }
  return { activationBytes, peakBytes: activationBytes + 2 * weightBytes, largestBytes }
}

/**
 * @param inputDims of the first input, batch and channels first
 * @throws Failure 'out-of-memory' with the estimate and the input size that would fit
 */
export function assertFits(
  estimate: MemoryEstimate,
  limits: RuntimeLimits,
  inputDims: readonly number[],
): void {
  const { activationBytes, peakBytes, largestBytes } = estimate
  const spatial = inputDims.slice(2)
  if (peakBytes > limits.totalBytes) {
    const room = limits.totalBytes - (peakBytes - activationBytes)
    throw new Failure(
      'out-of-memory',
      `This run needs about ${formatBytes(peakBytes)}, but ${limits.totalName}. ${advice(spatial, room / activationBytes)}`,
    )
  }
  if (largestBytes > limits.tensorBytes) {
    throw new Failure(
      'out-of-memory',
      `One layer needs ${formatBytes(largestBytes)} in one piece, but ${formatBytes(limits.tensorBytes)} is the most here. ${advice(spatial, limits.tensorBytes / largestBytes)}`,
    )
  }
}

/** Activations grow with the number of voxels: every axis shrinks by the same factor. */
function advice(spatial: readonly number[], share: number): string {
  const factor = share > 0 ? share ** (1 / spatial.length) : 0
  const fitting = spatial.map((size) => {
    const fits = size * factor
    return fits >= 16 ? Math.floor(fits / 8) * 8 : Math.floor(fits)
  })
  const isUseful = spatial.length > 0 && fitting.every((size) => size >= 4)
  return isUseful
    ? `An input of about ${formatDims(fitting)} would fit.`
    : 'A smaller model would fit.'
}
