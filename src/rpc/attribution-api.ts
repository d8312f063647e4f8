/** @file Calls of the attribution worker: holds one open model, runs it and explains it. */

import type { Attribution } from '../core/attribution/method.ts'
import type { ModelDescription } from '../core/attribution/model-description.ts'
import type { ModelSummary } from '../core/onnx/inspect.ts'
import type { AnyOptionValues } from '../core/options.ts'
import type { ProviderInfo } from '../core/provider.ts'
import type { Tensors } from '../core/tensor/tensor.ts'

export interface LoadModelRequest {
  /** A Blob or File is read in the worker: no copy is held on the page. */
  readonly bytes: Blob | Uint8Array<ArrayBuffer>
  /** 'auto' = WebGPU when it proves itself, else WASM. */
  readonly prefer: 'auto' | 'wasm' | 'webgpu'
  /** Given, the network is opened with its weights permuted by this seed (randomise-weights.ts). */
  readonly randomSeed?: number
}

export interface LoadedModel {
  readonly summary: ModelSummary
  readonly provider: ProviderInfo
  /** Model card found in metadata_props["saliscope.card"], as JSON text. */
  readonly embeddedCard: string | null
  readonly sha256: string
  /** Of every output that is a probability: its name, and the value it is made from. */
  readonly logits: Readonly<Record<string, string>>
}

export interface PredictRequest {
  readonly inputs: Tensors
}

export interface Prediction {
  /** Every float output, by name. */
  readonly outputs: readonly {
    readonly name: string
    readonly dims: readonly number[]
    readonly data: Float32Array<ArrayBuffer>
  }[]
  readonly elapsedMs: number
  /** Bytes of live activations at the forward peak, from the traced shapes. */
  readonly peakBytes: number
  /** May differ from the one at loading: a GPU that fails is left for WASM. */
  readonly provider: ProviderInfo
}

export interface AttributeRequest {
  readonly methodId: string
  /** Checked in the worker; missing ones take their defaults. */
  readonly options: AnyOptionValues
  readonly inputs: Tensors
  readonly baseline: Tensors
  /** A distribution of baselines: any number of rows, the same for every input. */
  readonly baselineRows?: Tensors
  /** CLI target grammar. */
  readonly target: string
  /** Class names of the card, for labels. */
  readonly classNames: readonly string[]
  /** Truth on the model's grid, 1 inside, for targets K@mask; spatial dims of the output. */
  readonly mask?: Tensor1
  readonly layer?: string
  readonly seed: number
}

/** A mask on the grid of the model's segmentation output. */
export interface Tensor1 {
  readonly data: Float32Array<ArrayBuffer>
  readonly dims: readonly number[]
}

export interface AttributeReply extends Attribution {
  readonly options: AnyOptionValues
  readonly targetSpec: string
  readonly targetLabel: string
  readonly provider: ProviderInfo
  readonly elapsedMs: number
  /** Per map: values that were NaN or infinite and are 0 now. */
  readonly nonFinite: readonly number[]
}

export type AttributionApi = {
  readonly load: readonly [request: LoadModelRequest, reply: LoadedModel]
  readonly predict: readonly [request: PredictRequest, reply: Prediction]
  readonly attribute: readonly [request: AttributeRequest, reply: AttributeReply]
  /** What can be chosen on these inputs, and which methods will not work. */
  readonly describe: readonly [
    request: { readonly inputs: Tensors; readonly target: string },
    reply: ModelDescription,
  ]
  /** Bytes a run of the method would hold at its peak. */
  readonly estimate: readonly [
    request: { readonly methodId: string; readonly inputs: Tensors; readonly target: string },
    reply: { readonly peakBytes: number; readonly limitBytes: number },
  ]
}
