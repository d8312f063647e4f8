/** @file The benchmark's network, opened in this process. */

import type { RunControl } from '../src/core/attribution/method.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { attribute } from '../src/engine/attribute.ts'
import { estimateMethod } from '../src/engine/estimate-method.ts'
import { openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { encodeNetwork } from './network.ts'
import type { Subject } from './subject.ts'

const control: RunControl = { signal: new AbortController().signal, onProgress: () => {} }

export async function openSubject(): Promise<Subject> {
  const model = await openModel(createNodeRuntime(), encodeNetwork())
  return {
    provider: model.runtime.provider.label,
    forward: async (input) => (await model.predict([input])).elapsedMs,
    async attribute(methodId, options, input) {
      const inputs = [input]
      const baseline = [zerosLike(input)]
      await attribute(model, { methodId, options, inputs, baseline, target: '1', seed: 0 }, control)
    },
    estimate: async (methodId, input) =>
      (await estimateMethod(model, { methodId, inputs: [input], target: '1' })).peakBytes,
  }
}
