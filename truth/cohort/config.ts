/** @file `training/configs/NAME.json`, as far as the held-out cohort needs it. */

import { Failure } from '../../src/core/failure.ts'
import { type RegionName, regionNames } from './template.ts'

type Range = readonly [number, number]

export interface WarpConfig {
  /** Width of the coarse field's smoothing, in voxels of the half grid. */
  readonly coarse_sigma: number
  /** Its standard deviation. */
  readonly coarse_mm: number
  readonly fine_sigma: number
  readonly fine_mm: number
  readonly rotation_deg: number
  readonly shear: number
  readonly scale: number
  readonly shift_mm: number
}

export interface AppearanceConfig {
  readonly signal_lowering: Range
  readonly healthy_change: number
  readonly tissue_jitter: number
  readonly bias: number
  readonly bias_cells: number
  readonly noise: Range
  readonly gain: Range
  /** Intensities of cerebrospinal fluid, grey and white matter; absent = T1. */
  readonly tissue?: readonly [number, number, number]
}

export interface LesionConfig {
  readonly kind: 'lesions'
  readonly count: Range
  readonly radius_mm: Range
  readonly roughness: number
  readonly times_white: Range
}

export interface MarkerConfig {
  readonly kind: 'marker'
  readonly radius_voxels: Range
  readonly half_length_voxels: Range
  readonly gap_voxels: Range
  readonly level: Range
}

export interface NoduleConfig {
  readonly kind: 'nodule'
  readonly radius_mm: Range
  readonly hounsfield: Range
  readonly noise: Range
}

export interface PairConfig {
  readonly kind: 'pair'
  readonly raised: RegionName
  readonly lowered: RegionName
  readonly strength: Range
}

/** Shares of a region's volume. */
export interface VolumeConfig {
  readonly kind: 'volume'
  readonly shrunk: Range
  readonly usual: Range
  readonly grown: Range
}

/** `random-label`: the subjects are those of the region; only training saw other labels. */
export type SignalConfig =
  | LesionConfig
  | MarkerConfig
  | NoduleConfig
  | PairConfig
  | VolumeConfig
  | { readonly kind: 'random-label' | 'region' }

/** What every head has. */
export interface BrainConfig {
  readonly seed: number
  readonly templates: readonly string[]
  readonly warp: WarpConfig
  readonly appearance: AppearanceConfig
  /** The region whose signal is the label, where there is one. */
  readonly region?: RegionName
}

export interface CohortConfig extends Partial<BrainConfig> {
  readonly id: string
  readonly seed: number
  readonly signal: SignalConfig
}

const kinds = ['lesions', 'marker', 'nodule', 'pair', 'random-label', 'region', 'volume']

/** @throws Failure 'bad-file' where a setting that decides how subjects look is not known here */
export function parseCohortConfig(text: string): CohortConfig {
  const json = JSON.parse(text) as CohortConfig
  const config: CohortConfig = { ...json, signal: json.signal ?? { kind: 'region' } }
  const bad = (what: string): never => {
    throw new Failure('bad-file', `The settings of '${json.id}' ${what}.`)
  }
  if (!kinds.includes(config.signal.kind)) bad(`have the unknown signal '${config.signal.kind}'`)
  if (config.signal.kind !== 'nodule' && !isBrain(config))
    bad('lack a template, warp or appearance')
  const { region } = config
  if (region !== undefined && !regionNames.includes(region)) bad(`name the region '${region}'`)
  if (config.signal.kind === 'volume' && region === undefined) bad('name no region')
  return config
}

export function isBrain(config: CohortConfig): config is CohortConfig & BrainConfig {
  return Boolean(config.templates && config.warp && config.appearance)
}
