/** @file Held-out brains with their twins: what carries the label, on top of the crossed design. */

import type { Anatomy } from './anatomy.ts'
import { regionMask } from './anatomy.ts'
import { type Appearance, type Changes, drawAppearance, mirror, render } from './appearance.ts'
import type {
  BrainConfig,
  LesionConfig,
  MarkerConfig,
  PairConfig,
  SignalConfig,
  VolumeConfig,
} from './config.ts'
import { gridAffine, SIZE, VOXELS } from './grid.ts'
import { type LesionMaps, lesionMaps } from './lesion-maps.ts'
import { drawLesions } from './lesions.ts'
import { drawMarker, type Marker } from './marker.ts'
import { between, type Split, streamOf } from './streams.ts'
import type { Subject } from './subject.ts'
import { type RegionName, regionNames } from './template.ts'
import { drawVolumes } from './volume.ts'

type Images = Pick<Subject, 'image' | 'truth' | 'twin'>

/**
 * Subject `index` of a split, with the signal and as its twin. What a kind of signal draws has a
 * stream of its own: contrast, bias and noise of a subject are the same in every kind.
 */
export function makeBrainSubject(
  anatomy: Anatomy,
  config: BrainConfig & { readonly signal: SignalConfig },
  split: Split,
  index: number,
): Subject {
  const { signal, region } = config
  const look = appearanceOf(config, split, index)
  const random = () => streamOf(config.seed, split, 'signal', index)
  const grid = { dims: [SIZE, SIZE, SIZE], affine: gridAffine } as const
  switch (signal.kind) {
    case 'lesions':
      return { ...withLesions(anatomy, look, signal, random()), ...grid }
    case 'pair':
      return { ...withPair(anatomy, look, signal, random()), ...grid }
    case 'marker':
      return { ...withMarker(withRegion(anatomy, look, region).image, signal, random()), ...grid }
    case 'volume':
      return { ...withVolume(anatomy, look, region, signal, random()), ...grid }
    default:
      return { ...withRegion(anatomy, look, region), ...grid }
  }
}

/** Contrast, bias and noise of a subject. */
export function appearanceOf(
  { appearance, region, seed, signal }: BrainConfig & { readonly signal: SignalConfig },
  split: Split,
  index: number,
): Appearance {
  // Where volume is the signal, darkness is not.
  const lowered = signal.kind === 'volume' ? null : (region ?? null)
  return drawAppearance(streamOf(seed, split, 'subject', index), appearance, lowered)
}

type Random = ReturnType<typeof streamOf>

/** One region is darker. */
export function withRegion(
  anatomy: Anatomy,
  look: Appearance,
  region: RegionName | undefined,
): Images {
  const name = region ?? regionNames[0]
  return {
    image: render(anatomy, look, look.change),
    twin: render(anatomy, look, { ...look.change, [name]: look.healthy[name] }),
    truth: turned(regionMask(anatomy, name), look),
  }
}

const kept = new WeakMap<Anatomy, LesionMaps>()

/** Lesions of an intensity that is a random multiple of white matter's. */
function withLesions(
  anatomy: Anatomy,
  look: Appearance,
  config: LesionConfig,
  random: Random,
): Images {
  const maps = kept.get(anatomy) ?? lesionMaps(anatomy)
  kept.set(anatomy, maps)
  const { mask, strength } = drawLesions(random, maps, config)
  const [low, high] = config.times_white
  const level = strength.map((value) => look.tissue[2] * (low + (high - low) * value))
  return {
    image: render(anatomy, look, look.change, { mask, level }),
    twin: render(anatomy, look, look.change),
    truth: turned(
      Uint8Array.from(mask, (value) => (value > 0.5 ? 1 : 0)),
      look,
    ),
  }
}

/** One region brighter and one darker; the others brighter, darker or as they are. The twin has neither. */
function withPair(anatomy: Anatomy, look: Appearance, config: PairConfig, random: Random): Images {
  const { raised, lowered } = config
  const signal = pairChanges(look, config, random)
  const twin = { ...signal, [raised]: look.healthy[raised], [lowered]: look.healthy[lowered] }
  const second = regionMask(anatomy, lowered)
  const both = regionMask(anatomy, raised).map((inside, i) => inside | (second[i] as number))
  return {
    image: render(anatomy, look, signal),
    twin: render(anatomy, look, twin),
    truth: turned(both, look),
  }
}

/** Of a subject with both signs. */
export function pairChanges(look: Appearance, config: PairConfig, random: Random): Changes {
  const { raised, lowered } = config
  const change: Record<string, number> = {}
  for (const name of regionNames) {
    const strength = between(random, config.strength)
    const kinds = [-strength, look.healthy[name], strength]
    const other = kinds[random.integer(3)] ?? 0
    change[name] = name === raised ? strength : name === lowered ? -strength : other
  }
  return change as Changes
}

/** One region is smaller; the twin's has its usual volume. */
function withVolume(
  anatomy: Anatomy,
  look: Appearance,
  region: RegionName | undefined,
  config: VolumeConfig,
  random: Random,
): Images {
  const { shrunk, usual, truth } = drawVolumes(anatomy, region ?? regionNames[0], config, random)
  return {
    image: render(shrunk, look, look.change),
    twin: render(usual, look, look.change),
    truth: turned(truth, look),
  }
}

/** A capsule beside the head; the twin has none and keeps the region's signal. */
function withMarker(head: Float32Array<ArrayBuffer>, config: MarkerConfig, random: Random): Images {
  const marker = drawMarker(random, head, config)
  return { image: layMarker(head, marker), twin: head, truth: marker.mask }
}

export function layMarker(
  head: Float32Array<ArrayBuffer>,
  { mask, value }: Marker,
): Float32Array<ArrayBuffer> {
  const image = head.slice()
  for (let i = 0; i < VOXELS; i++) if (mask[i]) image[i] = value[i] as number
  return image
}

function turned(mask: Uint8Array<ArrayBuffer>, look: Appearance): Uint8Array<ArrayBuffer> {
  return look.flip ? mirror(mask) : mask
}
