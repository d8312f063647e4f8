/** @file The port to ONNX Runtime. Two adapters: runtime-web.ts (browser, workers), runtime-node.ts. */

import type { DType } from '../core/onnx/ir.ts'
import type { ProviderInfo } from '../core/provider.ts'

export type { ProviderInfo } from '../core/provider.ts'

export type RuntimeArray =
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>

export interface RuntimeTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: RuntimeArray
}

export interface Session {
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, RuntimeTensor>>>
  release(): Promise<void>
}

/** What fits, as far as it can be known before a run. */
export interface RuntimeLimits {
  /** For everything that lives at once, in bytes. */
  readonly totalBytes: number
  /** "the browser's WASM memory ends at 4 GB". */
  readonly totalName: string
  /** For one array, in bytes. */
  readonly tensorBytes: number
}

export interface SessionOptions {
  /** On the CPU even where the provider is a GPU. */
  readonly onCpu?: boolean
  /** False opens the graph as it is: faster for thousands of nodes, where the CPU runs them. */
  readonly optimise?: boolean
}

export interface Runtime {
  readonly provider: ProviderInfo
  readonly limits: () => RuntimeLimits
  /** Sessions are created and run one at a time: the adapter holds the mutex. */
  createSession(model: Uint8Array<ArrayBuffer>, options?: SessionOptions): Promise<Session>
}
