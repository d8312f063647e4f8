/** @file The stored cases: a network, an input, a method and the map another library gives. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy } from '../src/core/tensor/npy.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'

export interface MapCase {
  readonly network: string
  readonly model: string
  readonly input: string
  readonly method: string
  readonly target: string
  readonly options: Readonly<Record<string, string>>
  readonly expected: string
  readonly scores: readonly number[]
  readonly source: string
  readonly baseline?: string
  /** Baseline rows of expected gradients. */
  readonly rows?: string
  readonly layer?: string
  readonly seed?: number
  /** How far the other library's map in float32 is from its own in float64, where that was measured. */
  readonly float32Distance?: number
}

/** A case of a network with any number of inputs: one file per input. */
export interface SeveralMapsCase extends Omit<MapCase, 'baseline' | 'expected' | 'input' | 'rows'> {
  readonly inputs: readonly string[]
  readonly expected: readonly string[]
  /** Absent: zeros. */
  readonly baselines?: readonly string[]
  readonly rows?: readonly string[]
}

/** `name`: a folder of parity/fixtures with a cases.json. */
export function readMapCases<Case = MapCase>(name: string) {
  const folder = join(import.meta.dirname, 'fixtures', name)
  const { cases }: { cases: readonly Case[] } = JSON.parse(
    readFileSync(join(folder, 'cases.json'), 'utf8'),
  )
  const bytesOf = (file: string) => new Uint8Array(readFileSync(join(folder, file)))
  const tensor = (file: string): Tensor => decodeNpy(bytesOf(file)).tensor
  return { folder, cases, bytesOf, tensor }
}
