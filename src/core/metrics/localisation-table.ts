/**
 * @file A map sorted once against a truth mask, so that every threshold is a look-up: the structure
 * behind the live read-outs. Plain typed arrays: it crosses threads by transfer.
 */

export interface LocalisationTable {
  /** Values inside the evaluation mask, largest first. */
  readonly values: Float32Array<ArrayBuffer>
  /** hits[k] = truth voxels among the first k values, k = 0 to values.length; null without truth. */
  readonly hits: Uint32Array<ArrayBuffer> | null
  /** Truth voxels inside the evaluation mask. */
  readonly truthVoxels: number
}

export interface ThresholdScores {
  /** Voxels with value >= threshold. */
  readonly voxels: number
  /** Share of the evaluated voxels, 0 to 1. */
  readonly share: number
  /** null = cannot be computed (no truth, empty truth, or nothing above the threshold). */
  readonly dice: number | null
  readonly iou: number | null
  readonly precision: number | null
  readonly recall: number | null
}

/** Everything the threshold slider shows; a binary search and a few divisions. */
export function atThreshold(table: LocalisationTable, threshold: number): ThresholdScores {
  const voxels = countAtLeast(table, threshold)
  const share = table.values.length === 0 ? 0 : voxels / table.values.length
  if (table.hits === null || table.truthVoxels === 0) {
    return { voxels, share, dice: null, iou: null, precision: null, recall: null }
  }
  const hits = table.hits[voxels] ?? 0
  return {
    voxels,
    share,
    dice: (2 * hits) / (voxels + table.truthVoxels),
    iou: hits / (voxels + table.truthVoxels - hits),
    precision: voxels === 0 ? null : hits / voxels,
    recall: hits / table.truthVoxels,
  }
}

/** Number of values >= threshold. */
export function countAtLeast({ values }: LocalisationTable, threshold: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) >= threshold) low = middle + 1
    else high = middle
  }
  return low
}

/** Number of values > threshold. */
export function countAbove({ values }: LocalisationTable, threshold: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) > threshold) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The value below which `percentile` per cent of the values lie, by linear interpolation at
 * (n - 1) * percentile / 100 (NumPy's default). 0 is the minimum, 100 the maximum.
 */
export function valueAtPercentile({ values }: LocalisationTable, percentile: number): number {
  const last = values.length - 1
  if (last < 0) return 0
  const position = (last * Math.min(Math.max(percentile, 0), 100)) / 100
  const below = Math.floor(position)
  const low = values[last - below] ?? 0
  const high = values[Math.max(last - below - 1, 0)] ?? low
  return below === position ? low : low + (position - below) * (high - low)
}

/** Inverse of `valueAtPercentile`: 0 at or below the minimum, 100 above the maximum; ties take the lowest. */
export function percentileOfValue(table: LocalisationTable, value: number): number {
  const { values } = table
  const count = values.length
  const below = count - countAtLeast(table, value)
  if (below === 0) return 0
  if (below === count) return 100
  const high = values[count - below - 1] ?? 0
  const low = values[count - below] ?? 0
  const position = high === value ? below : below - 1 + (value - low) / (high - low)
  return (100 * position) / (count - 1)
}

/** The buffers to hand over with postMessage. */
export function tableTransfers({ values, hits }: LocalisationTable): ArrayBuffer[] {
  return hits === null ? [values.buffer] : [values.buffer, hits.buffer]
}
