/** @file A held-out brain with each part of its signal alone: the marker or the region, one sign or the other. */

import type { Anatomy } from './anatomy.ts'
import { render } from './appearance.ts'
import { appearanceOf, layMarker, pairChanges, withRegion } from './brain-subject.ts'
import type { BrainConfig, SignalConfig } from './config.ts'
import { gridAffine, SIZE } from './grid.ts'
import { drawMarker } from './marker.ts'
import { type Split, streamOf } from './streams.ts'
import type { Subject } from './subject.ts'

export interface CrossedSubject extends Pick<Subject, 'affine' | 'dims'> {
  /** By what they show; all parts first, nothing last. */
  readonly images: Readonly<Record<string, Float32Array<ArrayBuffer>>>
}

/** All else is equal to the last bit of the noise. */
export function makeCrossedSubject(
  anatomy: Anatomy,
  config: BrainConfig & { readonly signal: SignalConfig },
  split: Split,
  index: number,
): CrossedSubject {
  const look = appearanceOf(config, split, index)
  const random = streamOf(config.seed, split, 'signal', index)
  return {
    images: imagesOf(anatomy, config, look, random),
    dims: [SIZE, SIZE, SIZE],
    affine: gridAffine,
  }
}

function imagesOf(
  anatomy: Anatomy,
  { region, signal }: BrainConfig & { readonly signal: SignalConfig },
  look: ReturnType<typeof appearanceOf>,
  random: ReturnType<typeof streamOf>,
): CrossedSubject['images'] {
  if (signal.kind === 'marker') {
    const { image: lowered, twin: usual } = withRegion(anatomy, look, region)
    const marker = drawMarker(random, lowered, signal)
    return {
      'capsule and region': layMarker(lowered, marker),
      'capsule alone': layMarker(usual, marker),
      'region alone': lowered,
      neither: usual,
    }
  }
  if (signal.kind === 'pair') {
    const { lowered, raised } = signal
    const both = pairChanges(look, signal, random)
    const shown = (change: object) => render(anatomy, look, { ...both, ...change })
    return {
      both: shown({}),
      [`${raised} raised alone`]: shown({ [lowered]: look.healthy[lowered] }),
      [`${lowered} lowered alone`]: shown({ [raised]: look.healthy[raised] }),
      neither: shown({ [raised]: look.healthy[raised], [lowered]: look.healthy[lowered] }),
    }
  }
  return {}
}
