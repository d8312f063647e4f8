/** @file The volumes of make_volumes.py, and what nibabel, NumPy and SciPy made of them. */

import { existsSync, readFileSync } from 'node:fs'
import type { Affine } from '../src/core/volume/volume.ts'

export interface ExpectedFile {
  readonly datatype: string
  readonly version: number
  readonly dims: number[]
  readonly affine: number[]
  readonly orientation: string
  /** Or the name of the file that has the same values. */
  readonly values: number[] | string
  readonly space?: number
}

interface Expected {
  readonly files: Record<string, ExpectedFile>
  readonly frames: Record<string, { dims: number[]; affine: number[]; frames: number[][] }>
  readonly orientations: { affine: number[]; code: string }[]
  readonly resampled: {
    name: string
    interpolation: 'nearest' | 'trilinear'
    affine: number[]
    dims: [number, number, number]
    values: number[]
  }[]
  readonly prepared: { name: string; card: unknown; dims: number[]; values: number[] }[]
  readonly statistics: {
    values: number[]
    percents: number[]
    percentiles: number[]
    mean: number
    std: number
  }
  readonly writtenAffine: number[]
}

const folder = new URL('./volumes/', import.meta.url)

export const expectedVolumes: Expected = JSON.parse(
  readFileSync(new URL('expected.json', folder), 'utf8'),
)

export function volumeFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, folder)))
}

export function toAffine(values: readonly number[]): Affine {
  if (values.length !== 16) throw new Error(`an affine has 16 numbers, not ${values.length}`)
  return values as unknown as Affine
}

/** A file beside the repository that only some machines have; null where it is absent. */
export function optionalFile(relative: string): Uint8Array<ArrayBuffer> | null {
  const url = new URL(`../${relative}`, import.meta.url)
  return existsSync(url) ? new Uint8Array(readFileSync(url)) : null
}
