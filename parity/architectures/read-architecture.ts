/** @file The stored architectures: exported graphs with their weights put back, inputs, expected maps. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Tensor } from '../../src/core/tensor/tensor.ts'
import { appendInitializers } from './append-initializers.ts'
import { hash32, uniform } from './counter-random.ts'
import { rebuild, type StoredWeights } from './rebuild-weights.ts'

export type Exporter = 'dynamo' | 'torchscript'
export type Batch = 'dynamic' | 'fixed'
export type ExpectedMethod = 'gradient' | 'integrated-gradients'

export interface StoredMap {
  readonly dims: readonly number[]
  /** L2 norm of every batch row. */
  readonly norms: readonly number[]
  /** Row by row, the values at `sampledPlaces`: float32, little-endian, base64. */
  readonly values: string
}

export interface Architecture {
  readonly name: string
  readonly label: string
  /** Spatial axes of the first input. */
  readonly dimensions: number
  /** Two batch rows. */
  readonly inputs: readonly {
    readonly name: string
    readonly seed: number
    readonly low: number
    readonly high: number
    readonly dims: readonly number[]
  }[]
  /** Class whose values are summed: the logit, or its whole plane. */
  readonly target: number
  readonly outputDims: readonly number[]
  readonly scores: readonly number[]
  /** Points of the Gauss-Legendre rule; the baseline is zero. */
  readonly steps: number
  readonly exports: readonly {
    readonly exporter: Exporter
    readonly batch: Batch
    readonly opset: number
    readonly file: string
  }[]
  /**
   * Relative L2 distance of PyTorch's float32 maps from its float64 ones: the largest of all `runs`
   * (`draws` random inputs, each with two kernel libraries). See docs/decisions/rounding-flips.md.
   */
  readonly ownDistance?: Readonly<Partial<Record<ExpectedMethod | 'draws' | 'runs', number>>>
  readonly expected: Readonly<
    Record<
      ExpectedMethod,
      {
        /** The same distance at the stored input alone, with PyTorch's usual kernels. */
        readonly float32Distance: number
        readonly maps: readonly StoredMap[]
      }
    >
  >
}

const folder = join(import.meta.dirname, '../fixtures/architectures')

export function listArchitectures(): readonly Architecture[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
}

/** The two rows that the expected maps are for. */
export function makeInputs({ inputs }: Architecture): readonly Tensor[] {
  return inputs.map(({ seed, dims, low, high }) => uniform(seed, dims, low, high))
}

/** The exported file: the stored graph with every large array appended to its initializers. */
export function readExport(
  { name, exports }: Architecture,
  exporter: Exporter,
  batch: Batch,
): Uint8Array<ArrayBuffer> {
  const found = exports.find((each) => each.exporter === exporter && each.batch === batch)
  if (!found) throw new Error(`${name} has no export by ${exporter} with a ${batch} batch`)
  const weights: StoredWeights = JSON.parse(
    gunzipSync(readFileSync(join(folder, `${name}.weights.json.gz`))).toString(),
  )
  const recipes = weights.exports[found.file] ?? []
  const graph = gunzipSync(readFileSync(join(folder, found.file)))
  return appendInitializers(graph, recipes, (recipe) => rebuild(weights, recipe))
}

/** Where a row's values are stored: everywhere, or at as many random places as there are values. */
function sampledPlaces(stored: StoredMap): readonly number[] {
  const [rows = 1, ...rest] = stored.dims
  const size = rest.reduce((a, b) => a * b, 1)
  const count = Buffer.from(stored.values, 'base64').length / 4 / rows
  return Array.from({ length: count }, (_, i) => (count === size ? i : hash32(size, i) % size))
}

export interface MapDistance {
  /** Relative L2 distance over the stored places of all maps and rows. */
  readonly distance: number
  /** Largest relative difference of a row's whole norm. */
  readonly normDifference: number
}

/** Compares maps (one per input) with the stored ones; fewer rows are compared with the first rows. */
export function compareMaps(maps: readonly Tensor[], stored: readonly StoredMap[]): MapDistance {
  let difference = 0
  let norm = 0
  let normDifference = 0
  for (const [index, expected] of stored.entries()) {
    const map = maps[index]
    if (!map) throw new Error(`no map for input ${index}`)
    const rows = map.dims[0] ?? 1
    const size = map.data.length / rows
    const places = sampledPlaces(expected)
    const bytes = Buffer.from(expected.values, 'base64')
    for (let row = 0; row < rows; row++) {
      for (const [i, place] of places.entries()) {
        const value = bytes.readFloatLE(4 * (row * places.length + i))
        difference += ((map.data[row * size + place] ?? Number.NaN) - value) ** 2
        norm += value ** 2
      }
      let squares = 0
      for (const value of map.data.subarray(row * size, (row + 1) * size)) squares += value ** 2
      const got = Math.sqrt(squares)
      normDifference = Math.max(normDifference, Math.abs(got / (expected.norms[row] ?? 0) - 1))
    }
  }
  return { distance: Math.sqrt(difference / norm), normDifference }
}
