/** @file Calls of the volume worker: opens files, puts images on the grid they are shown and measured on. */

import type { Tensor } from '../core/tensor/tensor.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { Affine } from '../core/volume/volume.ts'

/** A file that was opened; the worker keeps the voxels under `id`. */
export interface OpenedVolume {
  readonly id: string
  readonly name: string
  readonly dims: readonly [number, number, number]
  readonly spacingMm: readonly [number, number, number]
  readonly affine: Affine
  readonly datatype: string
  readonly frames: number
  readonly frame: number
  /** Orientation code of the file, "RAS", "LPI"... */
  readonly orientation: string
  readonly min: number
  readonly max: number
  /** What was repaired, in sentences: "12 non-finite voxels were set to 0". */
  readonly repairs: readonly string[]
  readonly sha256: string
  /** True when every value is a small non-negative integer: a mask or a label volume. */
  readonly looksLikeMask: boolean
}

/** How the model's grid lies in the volume, so that maps can go back. */
export interface ModelGrid {
  readonly dims: readonly [number, number, number]
  readonly affine: Affine
}

export interface PreparedInput {
  /** One tensor per model input. */
  readonly inputs: readonly Tensor[]
  readonly grid: ModelGrid
  /** What was guessed or done, in sentences, in order. */
  readonly steps: readonly string[]
  readonly min: number
  readonly max: number
}

/** Voxels in the order of the volume on screen (i fastest), ready for the viewer and the metrics. */
export interface VolumeData {
  readonly data: Float32Array<ArrayBuffer>
  readonly dims: readonly [number, number, number]
  readonly affine: Affine
}

export type VolumeApi = {
  readonly open: readonly [
    request: {
      readonly name: string
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly frame?: number
    },
    reply: OpenedVolume,
  ]
  readonly voxels: readonly [request: { readonly id: string }, reply: VolumeData]
  /** Runs the card: what the model will see. */
  readonly prepare: readonly [
    request: {
      readonly volumeIds: readonly string[]
      readonly card: ModelCard
      /** Declared dims of the model's input, null = any. */
      readonly inputDims: readonly (number | null)[]
    },
    reply: PreparedInput,
  ]
  /** A map on the model's grid, one channel, onto the volume's own grid (trilinear). */
  readonly toVolume: readonly [
    request: {
      readonly map: Tensor
      readonly card: ModelCard
      readonly grid: ModelGrid
      readonly volumeId: string
    },
    reply: {
      readonly data: Float32Array<ArrayBuffer>
      readonly min: number
      readonly max: number
      readonly maxAt: readonly [number, number, number]
    },
  ]
  /** A mask file onto another volume's grid (nearest); says when it had to be resampled. */
  readonly maskOnGrid: readonly [
    request: { readonly maskId: string; readonly volumeId: string; readonly label?: number },
    reply: {
      readonly mask: Uint8Array<ArrayBuffer>
      readonly voxels: number
      readonly labels: readonly number[]
      readonly note: string | null
    },
  ]
  /** A mask on the spatial grid of the model (nearest), in tensor order. */
  readonly maskOnModelGrid: readonly [
    request: {
      readonly maskId: string
      readonly card: ModelCard
      readonly grid: ModelGrid
      readonly label?: number
    },
    reply: Tensor,
  ]
  /** A float32 NIfTI of the map on the volume's grid, gzipped, with the volume's header geometry. */
  readonly exportNifti: readonly [
    request: {
      readonly volumeId: string
      readonly data: Float32Array<ArrayBuffer>
      readonly description: string
    },
    reply: { readonly bytes: Uint8Array<ArrayBuffer> },
  ]
  readonly close: readonly [request: { readonly id: string }, reply: null]
}
