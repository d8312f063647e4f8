/** @file ONNX Runtime in Node (onnxruntime-node): the command line and the tests. */

import { availableParallelism, freemem } from 'node:os'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { formatBytes } from './format-bytes.ts'
import { createMutex } from './mutex.ts'
import { createOrtRuntime, type Ort, type OrtTensor } from './ort-runtime.ts'
import type { Runtime, RuntimeLimits } from './runtime.ts'
import { threadsLabel } from './wasm-threads.ts'

const exclusive = createMutex()

/**
 * The native CPU runtime. `threads` defaults to every core; give 1 for results that do not depend
 * on the machine's core count.
 */
export function createNodeRuntime(options: { readonly threads?: number } = {}): Runtime {
  const threads = options.threads ?? availableParallelism()
  const ort: Ort = {
    createTensor: (dtype, data, dims) =>
      new Tensor(dtype as 'float32', data as Float32Array<ArrayBuffer>, dims),
    createSession: async (model, { optimise = true }) => {
      const session = await InferenceSession.create(model, {
        executionProviders: ['cpu'],
        // Threads that spin after a run take the cores from the next session's run (docs/bench.md).
        extra: { session: { force_spinning_stop: '1' } },
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: optimise ? 'all' : 'disabled',
        logSeverityLevel: 4,
      })
      return {
        run: (feeds, fetches) =>
          session.run(feeds as Record<string, Tensor>, fetches) as Promise<
            Record<string, OrtTensor>
          >,
        release: () => session.release(),
      }
    },
  }
  const provider = {
    id: 'native',
    threads,
    label: threadsLabel('native', threads),
    reason: 'the command line runs ONNX Runtime natively on the CPU',
  } as const
  return createOrtRuntime(ort, provider, freeMemory, exclusive)
}

/** Honours a container's limit where Node can tell it. */
function freeMemory(): RuntimeLimits {
  const bytes = process.availableMemory?.() ?? freemem()
  return {
    totalBytes: bytes,
    totalName: `this machine has ${formatBytes(bytes)} free`,
    tensorBytes: 2 ** 32,
  }
}
