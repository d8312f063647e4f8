/** @file Holds the one model of a worker, and moves it to WASM when the GPU gives up. */

import { Failure, type FailureKind } from '../core/failure.ts'
import { type OpenModel, openModel } from './open-model.ts'
import type { Runtime } from './runtime.ts'

export type Preference = 'auto' | 'wasm' | 'webgpu'

export interface RuntimeChoice {
  readonly prefer: Preference
  readonly because?: string
}

export interface ModelHost {
  /** The old model stays if the new one cannot be opened. */
  open(bytes: Uint8Array<ArrayBuffer>, prefer: Preference): Promise<OpenModel>
  /** Runs on the open model; once more on WASM where the GPU failed, after `onMove(reason)`. */
  use<T>(run: (model: OpenModel) => Promise<T>, onMove?: (reason: string) => void): Promise<T>
}

/** On a GPU these mean that WASM may do better; on WASM they are final. */
const worthMoving: ReadonlySet<FailureKind> = new Set(['device-lost', 'internal', 'out-of-memory'])

export function createModelHost(
  createRuntime: (choice: RuntimeChoice) => Promise<Runtime>,
): ModelHost {
  /** One runtime per wish: a GPU proves itself once. */
  const runtimes = new Map<Preference, Promise<Runtime>>()
  let current: { readonly model: OpenModel; readonly bytes: Uint8Array<ArrayBuffer> } | undefined

  const findRuntime = (prefer: Preference): Promise<Runtime> => {
    const known = runtimes.get(prefer) ?? createRuntime({ prefer })
    runtimes.set(prefer, known)
    return known
  }

  const replace = async (runtime: Runtime, bytes: Uint8Array<ArrayBuffer>): Promise<OpenModel> => {
    const model = await openModel(runtime, bytes)
    const old = current?.model
    current = { model, bytes }
    // A lost device cannot release anything.
    await old?.close().catch(() => undefined)
    return model
  }

  const moveToWasm = async (because: string): Promise<OpenModel> => {
    if (!current) throw notOpen()
    const runtime = createRuntime({ prefer: 'wasm', because })
    for (const prefer of ['auto', 'webgpu'] as const) runtimes.set(prefer, runtime)
    return replace(await runtime, current.bytes)
  }

  return {
    open: async (bytes, prefer) => replace(await findRuntime(prefer), bytes),
    async use(run, onMove) {
      if (!current) throw notOpen()
      const { model } = current
      try {
        return await run(model)
      } catch (error) {
        const isGpu = model.runtime.provider.id === 'webgpu'
        if (!isGpu || !(error instanceof Failure) || !worthMoving.has(error.kind)) throw error
        const reason =
          error.kind === 'device-lost'
            ? 'the graphics device was lost'
            : `the GPU could not run this model: ${error.message}`
        onMove?.(reason)
        return run(await moveToWasm(reason))
      }
    },
  }
}

function notOpen(): Failure {
  return new Failure('bad-request', 'No model is open; load one first.')
}
