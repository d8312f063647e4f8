/** @file What is loaded: the image, the model with its card, the truth, and the prediction. */

import type { ProviderInfo } from '../core/provider.ts'
import type { ModelCard } from '../core/volume/model-card.ts'
import type { LoadedModel } from '../rpc/attribution-api.ts'
import type { OpenedVolume, VolumeData } from '../rpc/volume-api.ts'
import type { CaseSubject, GalleryCase } from './case-files.ts'
import type { GalleryGroup } from './gallery-groups.ts'
import type { InputFeed } from './input-feeds.ts'
import type { KnownTruths } from './known-truths.ts'
import type { Prepared } from './prepare-inputs.ts'
import type { PredictionReading } from './read-prediction.ts'

/** A volume on screen. */
export interface ImageLayer {
  readonly info: OpenedVolume
  readonly voxels: VolumeData
}

export interface TruthLayer {
  readonly info: OpenedVolume
  /** On the grid of the image, 1 inside. */
  readonly mask: Uint8Array<ArrayBuffer>
  readonly voxels: number
  /** Labels in the file other than 0. */
  readonly labels: readonly number[]
  /** The chosen label; null = every voxel that is not 0. */
  readonly label: number | null
  /** What was done to fit it on the image, as a sentence. */
  readonly note: string | null
}

/** Where a card came from, in the words of the page. */
export type CardSource = 'edited' | 'embedded' | 'file' | 'guessed' | 'monai'

export interface ModelLayer {
  readonly name: string
  readonly byteLength: number
  readonly loaded: LoadedModel
  readonly card: ModelCard
  readonly cardSource: CardSource
  /** What was guessed, in sentences; empty where nothing was. */
  readonly guesses: readonly string[]
  /** What goes into each of the model's inputs, in order. */
  readonly feeds: readonly InputFeed[]
  /** The file as it was opened. */
  readonly file: Blob
  /** The seed its weights were permuted by; null = as they were trained. */
  readonly randomSeed: number | null
}

/** One entry of the case menu. */
export interface CaseEntry {
  readonly id: string
  readonly title: string
  readonly summary: string
}

export interface OutputReading {
  /** The output's name, which a target of it begins with. */
  readonly name: string
  readonly reading: PredictionReading
}

export type PredictionState =
  /** Why there is none: "open a model to see its prediction". */
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | {
      readonly kind: 'done'
      readonly reading: PredictionReading
      /** What the outputs after the first say. */
      readonly others: readonly OutputReading[]
      readonly elapsedMs: number
      readonly peakBytes: number
    }
  | { readonly kind: 'failed'; readonly reason: string }

export type FileRole = 'channel' | 'image' | 'truth'

/** A volume that was opened and whose part in the work is not obvious. */
export interface PendingVolume {
  readonly layer: ImageLayer
  readonly suggested: FileRole
  readonly reason: string
}

export interface DataSlice {
  readonly cases: readonly CaseSubject[]
  /** The same cases as cards, in the order of their groups. */
  readonly gallery: readonly GalleryCase[]
  readonly galleryGroups: readonly GalleryGroup[]
  /** How methods did where the truth is known; null where the page comes without it. */
  readonly knownTruths: KnownTruths | null
  /** null once the user has replaced a part of the case. */
  readonly caseId: string | null
  readonly caseTitle: string | null
  /** True from the request for a case until it, its prediction and its first map were tried. */
  readonly isOpening: boolean
  /** What is being loaded, for people; null when nothing is. */
  readonly loading: string | null
  /** The volumes that feed the model's channels; the first is on screen. */
  readonly images: readonly ImageLayer[]
  readonly model: ModelLayer | null
  /** What runs the model now; a GPU that fails is left for WASM. */
  readonly provider: ProviderInfo | null
  readonly truth: TruthLayer | null
  readonly truthVisible: boolean
  /** What the model will see; null until it was prepared. */
  readonly prepared: Prepared | null
  readonly prediction: PredictionState
  readonly pending: readonly PendingVolume[]
  /**
   * Loads the list of cases and opens the first one, the one named or numbered ("3/2"), or none
   * ('none'). `isHidden`: its truth and every name that tells it are hidden from the start.
   */
  start(caseId: string | null, isHidden?: boolean): Promise<void>
  openCase(id: string): Promise<void>
  /** Opens the first subject of the case after (or before) the one that is open, round and round. */
  openNeighbour(way: 'next' | 'previous'): Promise<void>
  /** The same network with its weights permuted by a seed; null = as trained. Predicts again. */
  setRandomSeed(seed: number | null): Promise<void>
  openFiles(files: readonly LocalFile[]): Promise<void>
  assignRole(volumeId: string, role: FileRole): Promise<void>
  dismissPending(volumeId: string): void
  removeImage(volumeId: string): void
  removeModel(): void
  removeTruth(): void
  chooseFrame(frame: number): Promise<void>
  chooseTruthLabel(label: number | null): Promise<void>
  setTruthVisible(visible: boolean): void
  /** Uses the edited card: prepares the input again and predicts again. */
  setCard(card: ModelCard): Promise<void>
  /** Feeds an input of the model with something else, and predicts again. */
  setFeed(input: number, feed: InputFeed): Promise<void>
  /** Says so when the work has moved to another provider. */
  noteProvider(provider: ProviderInfo): void
}

/** The part of File that is needed; tests give plain objects. */
export interface LocalFile {
  readonly name: string
  arrayBuffer(): Promise<ArrayBuffer>
}
