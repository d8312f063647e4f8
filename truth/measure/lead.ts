/** @file How sure a model is of a class. */

import type { Tensor } from '../../src/core/tensor/tensor.ts'
import type { OpenModel } from '../../src/engine/open-model.ts'

/** The class's score less the highest of the others; of a single output the output. */
export async function leadOf(
  opened: OpenModel,
  input: Tensor,
  targetClass: number,
): Promise<number> {
  const { outputs } = await opened.predict([input])
  const scores = Array.from(outputs[0]?.tensor.data ?? [])
  const others = scores.filter((_, at) => at !== targetClass)
  const score = scores[targetClass] ?? Number.NaN
  return others.length === 0 ? score : score - Math.max(...others)
}
