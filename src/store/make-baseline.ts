/** @file The baseline in the command line's words. */

import { createBaseline, parseBaseline } from '../core/attribution/baseline.ts'
import { Failure } from '../core/failure.ts'
import type { Tensors } from '../core/tensor/tensor.ts'

/** One tensor per input. Throws a Failure('bad-request') for words that are not understood. */
export function makeBaseline(spec: string, inputs: Tensors): Tensors {
  const baseline = parseBaseline(spec)
  if (baseline) return createBaseline(baseline, inputs)
  throw new Failure(
    'bad-request',
    `baseline '${spec}' is not understood: use zeros, a number, mean, or blur:SIGMA with SIGMA in voxels`,
  )
}
