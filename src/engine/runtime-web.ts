/** @file ONNX Runtime in the browser (onnxruntime-web): WebGPU where it proves itself, else WASM. */

// Never the default entry: its older GPU kernels give wrong numbers for grouped 3-D convolutions.
// Both files by URL: without the .mjs a production build with threads hangs.
import mjsUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu'
import { Failure } from '../core/failure.ts'
import { findGpu } from './find-gpu.ts'
import { createMutex } from './mutex.ts'
import { createOrtRuntime, type Ort, type OrtTensor } from './ort-runtime.ts'
import { encodeProbe, measureParity, PARITY_TOLERANCE } from './parity-probe.ts'
import type { ProviderInfo, Runtime, RuntimeLimits } from './runtime.ts'
import { chooseWasmThreads, threadsLabel, type WasmThreads } from './wasm-threads.ts'

/** Overlapping create or run calls hang WebGPU: one mutex for everything in this thread. */
const exclusive = createMutex()

/** wasm32 ends at 4 GiB; the runtime's own code, stacks and fragmentation take some of it. */
const WASM_LIMITS: RuntimeLimits = {
  totalBytes: 4 * 2 ** 30 - 256 * 2 ** 20,
  totalName: "the browser's WASM memory ends at 4 GB",
  tensorBytes: 2 ** 31,
}

export interface WebRuntimeOptions {
  /** 'auto': WebGPU on a real GPU that agrees with WASM. 'webgpu': a software adapter too. */
  readonly prefer: 'auto' | 'wasm' | 'webgpu'
  /** Why WASM is asked for, where that is not the user's wish ("the graphics device was lost"). */
  readonly because?: string
}

/** The fastest runtime that can be trusted here; the choice and its reason are in `provider`. */
export async function createWebRuntime(options: WebRuntimeOptions): Promise<Runtime> {
  const threads = configure()
  if (options.prefer === 'wasm') {
    return createWasmRuntime(threads, options.because ?? 'WASM was chosen')
  }
  const gpu = await tryWebgpu(options.prefer, threads)
  return typeof gpu === 'string' ? createWasmRuntime(threads, gpu) : gpu
}

/**
 * Fetches and compiles the runtime (27 MB), which takes a second or two, while a model is still on
 * its way. A failure will come back when it is used.
 */
export async function warmUp(): Promise<void> {
  const runtime = createWasmRuntime(configure(), 'warming up')
  try {
    const session = await runtime.createSession(encodeProbe())
    await session.release()
  } catch {
    // The next session meets the same failure, and somebody is listening then.
  }
}

/** ORT reads these once, when the first session is created. */
function configure(): WasmThreads {
  const threads = chooseWasmThreads(globalThis.crossOriginIsolated, navigator.hardwareConcurrency)
  env.wasm.wasmPaths = { mjs: mjsUrl, wasm: wasmUrl }
  env.wasm.numThreads = threads.count
  env.logLevel = 'fatal'
  return threads
}

function createWasmRuntime(threads: WasmThreads, because: string): Runtime {
  const provider: ProviderInfo = {
    id: 'wasm',
    threads: threads.count,
    label: threadsLabel('WASM', threads.count),
    reason: threads.count === 1 ? `${because}; ${threads.reason}` : because,
  }
  return createOrtRuntime(createOrt(['wasm']), provider, () => WASM_LIMITS, exclusive)
}

/** The runtime, or the reason why not. */
async function tryWebgpu(
  prefer: 'auto' | 'webgpu',
  threads: WasmThreads,
): Promise<Runtime | string> {
  const gpu = await findGpu()
  if (!gpu.found) return gpu.reason
  if (gpu.isSoftware && prefer === 'auto') return `the GPU adapter is software (${gpu.name})`
  const limits: RuntimeLimits = {
    // What a GPU has in all is not told; a single tensor's limit is.
    totalBytes: Number.POSITIVE_INFINITY,
    totalName: 'the GPU',
    tensorBytes: gpu.tensorBytes,
  }
  const provider = (reason: string): ProviderInfo => ({
    id: 'webgpu',
    threads: threads.count,
    label: `WebGPU, ${gpu.name}`,
    reason,
  })
  const ort = createOrt(['webgpu'])
  try {
    const candidate = createOrtRuntime(ort, provider('on trial'), () => limits, exclusive)
    const difference = await measureParity(createWasmRuntime(threads, 'reference'), candidate)
    if (!(difference <= PARITY_TOLERANCE)) {
      return `the GPU (${gpu.name}) computes other numbers than the CPU: off by ${difference.toPrecision(2)}`
    }
    const agrees = `agrees with WASM to ${difference.toExponential(0)} on a test network`
    return createOrtRuntime(ort, provider(agrees), () => limits, exclusive)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return `the GPU (${gpu.name}) failed a test network: ${detail}`
  }
}

function createOrt(executionProviders: readonly string[]): Ort {
  return {
    createTensor: (dtype, data, dims) =>
      new Tensor(dtype as 'float32', data as Float32Array<ArrayBuffer>, dims),
    createSession: async (model, { onCpu = false, optimise = true }) => {
      // The GPU's kernels count on the layouts that the optimiser makes.
      const isGpu = !onCpu && executionProviders.includes('webgpu')
      const session = await InferenceSession.create(model, {
        executionProviders: onCpu ? ['wasm'] : executionProviders,
        graphOptimizationLevel: optimise || isGpu ? 'all' : 'disabled',
        logSeverityLevel: 4,
      })
      return {
        run: async (feeds, fetches) => {
          try {
            const results = await session.run(feeds as Record<string, Tensor>, fetches)
            return results as unknown as Record<string, OrtTensor>
          } catch (error) {
            if (isGpu) await throwIfLost(error)
            throw error
          }
        },
        release: () => session.release(),
      }
    },
  }
}

/** What ORT throws on a lost device depends on where it notices; the device itself knows. */
async function throwIfLost(cause: unknown): Promise<void> {
  const device = (await env.webgpu.device) as GPUDevice
  const soon = new Promise<false>((resolve) => setTimeout(resolve, 100, false))
  if (await Promise.race([device.lost, soon])) {
    throw new Failure('device-lost', 'The graphics device was lost during the run.', { cause })
  }
}
