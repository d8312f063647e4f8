/** @file What every layer says at the crosshair. */

import { percentileOfValue } from '../core/metrics/localisation-table.ts'
import type { Affine } from '../core/volume/volume.ts'
import type { ShownRun } from './active-run.ts'
import type { ImageLayer, TruthLayer } from './data-state.ts'

export interface PointReading {
  readonly mm: readonly [number, number, number]
  readonly image: number | null
  readonly map: { readonly value: number; readonly percentile: number | null } | null
  /** null = no truth loaded. */
  readonly insideTruth: boolean | null
}

/** Values at a voxel of the image's grid. */
export function readPoint(
  voxel: readonly [number, number, number],
  image: ImageLayer,
  shown: ShownRun | null,
  truth: TruthLayer | null,
): PointReading {
  const [nx, ny] = image.voxels.dims
  const at = voxel[0] + nx * (voxel[1] + ny * voxel[2])
  const value = shown?.result.map[at]
  return {
    mm: toMm(image.voxels.affine, voxel),
    image: image.voxels.data[at] ?? null,
    map: shown && value !== undefined ? { value, percentile: percentileAt(shown, value) } : null,
    insideTruth: truth ? truth.mask[at] === 1 : null,
  }
}

function percentileAt({ measurement, run }: ShownRun, value: number): number | null {
  if (!measurement) return null
  const handled = run.display.sign === 'magnitude' ? Math.abs(value) : Math.max(0, value)
  return percentileOfValue(measurement.table, handled)
}

/** Voxel indices to millimetres. */
export function toMm(
  affine: Affine,
  [i, j, k]: readonly [number, number, number],
): readonly [number, number, number] {
  const row = (at: 0 | 4 | 8) =>
    (affine[at] ?? 0) * i +
    (affine[at + 1] ?? 0) * j +
    (affine[at + 2] ?? 0) * k +
    (affine[at + 3] ?? 0)
  return [row(0), row(4), row(8)]
}
