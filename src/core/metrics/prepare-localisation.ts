/** @file From tensors or files of many shapes to what a localisation metric takes. */

import { Failure } from '../failure.ts'
import { formatDims, sameDims } from '../tensor/arithmetic.ts'
import { countNonFinite } from '../tensor/statistics.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import type { LocalisationInput } from './metric.ts'
import { handleSign, type SignHandling } from './sign-handling.ts'

export interface LocalisationRequest {
  readonly map: Tensor
  readonly truth: Tensor
  /** Only voxels of the truth with this label count as inside; absent = every non-zero voxel. */
  readonly label?: number
  /** Non-zero where voxels count; of the truth's shape. Absent = everywhere. */
  readonly evaluation?: Tensor
  readonly sign: SignHandling
  /** Millimetres along each spatial axis, slowest first; absent = not known. */
  readonly spacingMm?: readonly number[]
}

/**
 * One input per batch row. A map of rank 4 or more is (N, C, spatial); of a lower rank it is one
 * grid. Each row's map and truth must be of the same shape when axes of length 1 are dropped; where
 * the map has several channels and the truth has none, channels are summed after the sign is
 * handled. A truth without batch axis serves every row. Where a truth could be both (2 rows, 2
 * channels), it is taken per channel.
 */
export function prepareLocalisation(request: LocalisationRequest): readonly LocalisationInput[] {
  const { map, truth, label, evaluation, sign, spacingMm } = request
  const bad = countNonFinite(map.data)
  if (bad > 0) {
    throw new Failure('bad-file', `the map holds ${bad} values that are not finite numbers`)
  }
  const handled = { dims: map.dims, data: handleSign(map.data, sign) }
  const isInside = label === undefined ? (v: number) => v !== 0 : (v: number) => v === label
  return rowsOf(handled).map((row, index, rows) => {
    const inside = rowOfMask(truth, row, index, rows.length, 'truth')
    const counted = evaluation && rowOfMask(evaluation, row, index, rows.length, 'evaluation mask')
    const { dims, data, spacing } = onGrid(row, inside.perChannel, spacingMm)
    return {
      map: data,
      dims,
      truth: Uint8Array.from(inside.data, (v) => (isInside(v) ? 1 : 0)),
      ...(counted ? { evaluation: tile(counted.data, data.length) } : {}),
      ...(spacing ? { spacingMm: spacing } : {}),
    }
  })
}

/** Rows without the batch axis: (C, spatial), or the whole grid below rank 4. */
function rowsOf({ dims, data }: Tensor): readonly Tensor[] {
  if (dims.length < 4) return [{ dims, data }]
  const rows = dims[0] ?? 1
  const size = data.length / rows
  return Array.from({ length: rows }, (_, i) => ({
    dims: dims.slice(1),
    data: data.slice(i * size, (i + 1) * size),
  }))
}

interface RowMask {
  readonly data: Float32Array
  /** The mask has the map's channel axis; else it is one mask for all channels. */
  readonly perChannel: boolean
}

/** The part of a mask that belongs to one row of the map. */
function rowOfMask(mask: Tensor, row: Tensor, index: number, rows: number, name: string): RowMask {
  const shared = matchMask(mask.dims, row.dims)
  if (shared) return { data: mask.data, ...shared }
  const own = mask.dims[0] === rows ? matchMask(mask.dims.slice(1), row.dims) : null
  if (own) {
    const size = mask.data.length / rows
    return { data: mask.data.subarray(index * size, (index + 1) * size), ...own }
  }
  throw new Failure(
    'shape-mismatch',
    `the ${name} is ${formatDims(mask.dims)}, but a row of the map is ${formatDims(row.dims)}: they must agree apart from axes of length 1 and the map's channels`,
  )
}

function matchMask(
  mask: readonly number[],
  row: readonly number[],
): Pick<RowMask, 'perChannel'> | null {
  if (sameDims(squeeze(mask), squeeze(row))) return { perChannel: true }
  const hasChannels = row.length > 2 && (row[0] ?? 1) > 1
  if (hasChannels && sameDims(squeeze(mask), squeeze(row.slice(1)))) return { perChannel: false }
  return null
}

/** The row without axes of length 1; channels are summed where the truth has none. */
function onGrid(
  { dims, data }: Tensor,
  perChannel: boolean,
  spacingMm: readonly number[] | undefined,
): {
  readonly dims: readonly number[]
  readonly data: Float32Array
  readonly spacing: readonly number[] | undefined
} {
  const skipped = perChannel ? 0 : 1
  const axes = dims.map((_, axis) => axis).filter((axis) => axis >= skipped && dims[axis] !== 1)
  const grid = axes.map((axis) => dims[axis] ?? 1)
  // Spacing belongs to the last axes; an axis of channels in front has no length.
  const spacing = spacingMm && axes.map((axis) => spacingMm.at(axis - dims.length) ?? 0)
  if (perChannel) return { dims: grid, data, spacing }
  const summed = new Float32Array(elementCount(grid))
  for (let i = 0; i < data.length; i++) {
    const at = i % summed.length
    summed[at] = (summed[at] ?? 0) + (data[i] ?? 0)
  }
  return { dims: grid, data: summed, spacing }
}

/** 1 where the mask is not zero, repeated for every channel where the map keeps its channels. */
function tile(mask: Float32Array, length: number): Uint8Array {
  if (mask.length > length) {
    throw new Failure(
      'shape-mismatch',
      'the evaluation mask has a channel axis that the truth has not: give it the shape of the truth',
    )
  }
  return Uint8Array.from({ length }, (_, i) => (mask[i % mask.length] !== 0 ? 1 : 0))
}

function squeeze(dims: readonly number[]): readonly number[] {
  return dims.filter((size) => size !== 1)
}
