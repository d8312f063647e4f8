/** @file Template heads: a T1 on a common intensity scale and soft masks of deep grey nuclei. */

import { Failure } from '../../src/core/failure.ts'
import { invertAffine } from '../../src/core/volume/affine.ts'
import { decompress } from '../../src/core/volume/gzip.ts'
import { readNifti } from '../../src/core/volume/nifti-read.ts'
import type { Affine } from '../../src/core/volume/volume.ts'

/** In the order of the template's frames after the T1. */
export const regionNames = ['hippocampus', 'putamen', 'caudate', 'thalamus'] as const
export type RegionName = (typeof regionNames)[number]

/** A soft mask in [0, 1] and the box outside of which it is 0, in voxels. */
interface RegionPlace {
  readonly mask: Float32Array
  readonly low: readonly number[]
  readonly high: readonly number[]
}

export interface Template {
  readonly dims: readonly [number, number, number]
  /** Millimetres to voxels. */
  readonly inverse: Affine
  /** 0 outside the brain; the peaks of CSF, grey and white matter at .30, .65 and 1. */
  readonly t1: Float32Array
  /** In the order of `regionNames`. */
  readonly regions: readonly RegionPlace[]
}

/** Stored value of intensity 1. */
const T1_SCALE = 127.5

/** A file of `truth/templates`: frame 0 is the T1 times 127.5, then one mask times 255 per region. */
export function readTemplate(file: Uint8Array<ArrayBuffer>, name: string): Template {
  const bytes = decompress(file, name)
  const frame = (index: number) => readNifti(bytes, { name, frame: index })
  const { volume, frames } = frame(0)
  if (frames !== regionNames.length + 1) {
    throw new Failure(
      'bad-file',
      `${name} has ${frames} frames; a template has a T1 and ${regionNames.length} regions.`,
    )
  }
  const inverse = invertAffine(volume.affine)
  if (!inverse) throw new Failure('bad-file', `${name} has no usable affine.`)
  return {
    dims: volume.dims,
    inverse,
    t1: volume.data.map((value) => value / T1_SCALE),
    regions: regionNames.map((_, i) =>
      placeRegion(
        frame(i + 1).volume.data.map((value) => value / 255),
        volume.dims,
      ),
    ),
  }
}

function placeRegion(mask: Float32Array, [nx, ny]: readonly [number, number, number]): RegionPlace {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const high = [0, 0, 0]
  const widen = (axis: number, value: number) => {
    if (value < (low[axis] as number)) low[axis] = value
    if (value > (high[axis] as number)) high[axis] = value
  }
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue
    widen(0, at % nx)
    widen(1, Math.floor(at / nx) % ny)
    widen(2, Math.floor(at / (nx * ny)))
  }
  return { mask, low, high }
}

/** False where interpolation of the region's mask gives 0 for certain. */
export function isNear({ low, high }: RegionPlace, i: number, j: number, k: number): boolean {
  return (
    i > (low[0] as number) - 1 &&
    i < (high[0] as number) + 1 &&
    j > (low[1] as number) - 1 &&
    j < (high[1] as number) + 1 &&
    k > (low[2] as number) - 1 &&
    k < (high[2] as number) + 1
  )
}
