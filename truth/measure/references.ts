/** @file Maps to compare methods with: the exact causal map, and two that ask no network. */

import type { Tensor } from '../../src/core/tensor/tensor.ts'
import type { HeldOutCase } from './held-out.ts'
import { magnitudesAt } from './inside.ts'

export const referenceIds = ['difference', 'image', 'edges'] as const
export type ReferenceId = (typeof referenceIds)[number]

export const referenceTitles: Readonly<Record<ReferenceId, string>> = {
  difference: 'the causal map: subject less twin',
  image: "the image alone: the model's input",
  edges: 'its edges alone',
}

type Magnitudes = Float32Array<ArrayBuffer>

/** One per voxel of the brain. A map that scores like the last two may be made of the image alone. */
export function referenceMaps(given: HeldOutCase): Readonly<Record<ReferenceId, Magnitudes>> {
  const { difference, input, inside } = given
  return { difference: magnitudesAt(difference, inside.places), ...imageMaps(given, input) }
}

/** Of the subject's input or of its twin's. */
export function imageMaps(
  given: HeldOutCase,
  input: Tensor,
): { readonly image: Magnitudes; readonly edges: Magnitudes } {
  const { dims, inside } = given
  return {
    image: given.magnitudes(input),
    edges: magnitudesAt(edgesOf(given.onVolume(input), dims), inside.places),
  }
}

/** Length of the vector of central differences, one-sided at the border; x fastest. */
export function edgesOf(
  image: Float32Array,
  [nx, ny, nz]: readonly [number, number, number],
): Magnitudes {
  const edges = new Float32Array(image.length)
  const slope = (at: number, place: number, size: number, stride: number): number => {
    const up = place + 1 < size ? stride : 0
    const down = place > 0 ? stride : 0
    if (up + down === 0) return 0
    const rise = (image[at + up] as number) - (image[at - down] as number)
    return (rise * stride) / (up + down)
  }
  for (let at = 0; at < image.length; at++) {
    const dx = slope(at, at % nx, nx, 1)
    const dy = slope(at, Math.floor(at / nx) % ny, ny, nx)
    const dz = slope(at, Math.floor(at / (nx * ny)), nz, nx * ny)
    edges[at] = Math.sqrt(dx * dx + dy * dy + dz * dz)
  }
  return edges
}
