/** @file Attribution worker: holds one open model and answers the calls of AttributionApi. */

import type { Tensors } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { describeModel } from '../src/engine/describe-model.ts'
import { estimateMethod } from '../src/engine/estimate-method.ts'
import { createModelHost } from '../src/engine/model-host.ts'
import { randomiseFile } from '../src/engine/randomise-file.ts'
import { createWebRuntime, warmUp } from '../src/engine/runtime-web.ts'
import type { AttributionApi } from '../src/rpc/attribution-api.ts'
import { readFile } from '../src/rpc/read-file.ts'
import { serve } from '../src/rpc/serve.ts'

const host = createModelHost(createWebRuntime)
void warmUp()

serve<AttributionApi>(self, {
  async load({ bytes, prefer, randomSeed }) {
    const file = await readFile(bytes)
    const { summary, runtime, embeddedCard, sha256, logits } = await host.open(
      randomSeed === undefined ? file : randomiseFile(file, randomSeed),
      prefer,
    )
    const { provider } = runtime
    return { reply: { summary, provider, embeddedCard, sha256, logits }, transfer: [] }
  },

  async predict({ inputs }, { onProgress }) {
    return host.use(async (model) => {
      const { outputs, elapsedMs, peakBytes } = await model.predict(inputs)
      const flat = outputs.map(({ name, tensor }) => ({ name, ...tensor }))
      const { provider } = model.runtime
      // Copied, not moved: the engine keeps the last prediction.
      return { reply: { outputs: flat, elapsedMs, peakBytes, provider }, transfer: [] }
    }, sayMoved(onProgress))
  },

  async attribute(request, control) {
    const reply = await host.use(
      (model) => attribute(model, request, control),
      sayMoved(control.onProgress),
    )
    return { reply, transfer: buffersOf(reply.maps) }
  },

  async describe(request, { onProgress }) {
    const reply = await host.use((model) => describeModel(model, request), sayMoved(onProgress))
    return { reply, transfer: [] }
  },

  async estimate(request, { onProgress }) {
    const reply = await host.use((model) => estimateMethod(model, request), sayMoved(onProgress))
    return { reply, transfer: [] }
  },
})

function sayMoved(onProgress: (progress: { stage: string; fraction: number }) => void) {
  return (reason: string) => onProgress({ stage: `${reason}; continuing on WASM`, fraction: 0 })
}

function buffersOf(tensors: Tensors): ArrayBuffer[] {
  return [...new Set(tensors.map(({ data }) => data.buffer))]
}
