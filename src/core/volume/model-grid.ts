/** @file Where the model's voxels lie in a volume, as its card says (docs/model-card.md, steps 1 to 4). */

import { Failure } from '../failure.ts'
import {
  applyAffine,
  composeAffines,
  diagonalAffine,
  invertAffine,
  spacingOf,
  type Triple,
} from './affine.ts'
import { type Box, boundingBox } from './bounding-box.ts'
import { type PerAxis, sliceAxisOf } from './card-geometry.ts'
import type { ModelCard } from './model-card.ts'
import { orientationOf, type Turn, turnBetween, turnGrid } from './orientation.ts'
import type { Grid } from './resample.ts'
import type { Volume } from './volume.ts'

export interface PlacedGrid {
  /** Axes i, j, k point as the card's orientation says; for 2-D models still the whole stack. */
  readonly grid: Grid
  /** What was done, in sentences. */
  readonly steps: readonly string[]
}

/**
 * @param declared sizes along i, j, k that the model's input declares, used where the card leaves
 * the shape open; null = any.
 */
export function placeModelGrid(volume: Volume, card: ModelCard, declared: PerAxis): PlacedGrid {
  const steps: string[] = []
  const code = orientationOf(volume.affine)
  const turn = turnBetween(code, card.orientation)
  const turned = turnGrid(volume.dims, volume.affine, turn)
  if (code !== card.orientation) {
    steps.push(`Turned from ${code} to ${card.orientation}, without interpolation.`)
  }
  const region = card.centre === 'brain' ? brainBox(volume, card, turn) : wholeBox(turned.dims)
  const spacing = spacingOf(turned.affine)
  const plan = (axis: 0 | 1 | 2): AxisPlan =>
    planAxis(card, axis, region.size[axis], spacing[axis], declared[axis])
  const plans = [plan(0), plan(1), plan(2)] as const
  describePlans(card, spacing, plans, declared, steps)
  const point = centrePoint(card, turned.affine)
  const start = (axis: 0 | 1 | 2): number => {
    const { size, resampled, begin, scale } = plans[axis]
    if (point !== null) return point[axis] - ((size - 1) / 2) * scale
    const centre = region.low[axis] + (region.size[axis] - 1) / 2
    return centre + (begin - (resampled - 1) / 2) * scale
  }
  const scales: Triple = [plans[0].scale, plans[1].scale, plans[2].scale]
  const toTurned = diagonalAffine(scales, [start(0), start(1), start(2)])
  return {
    grid: {
      dims: [plans[0].size, plans[1].size, plans[2].size],
      affine: composeAffines(turned.affine, toTurned),
    },
    steps,
  }
}

interface AxisPlan {
  /** Voxels of the region at the grid's spacing. */
  readonly resampled: number
  /** Voxels of the grid. */
  readonly size: number
  /** The grid's first voxel, counted in resampled voxels. */
  readonly begin: number
  /** Grid spacing in voxels of the volume. */
  readonly scale: number
}

function planAxis(
  card: ModelCard,
  axis: 0 | 1 | 2,
  extent: number,
  ownSpacing: number,
  declared: number | null,
): AxisPlan {
  const shape = card.shape?.[axis] ?? declared
  const spacing = card.spacing?.[axis] ?? null
  if (card.fit === 'resample' && shape !== null && spacing === null) {
    return { resampled: shape, size: shape, begin: 0, scale: extent / shape }
  }
  const ratio = (spacing ?? ownSpacing) / ownSpacing
  const scale = Math.abs(ratio - 1) < 1e-5 ? 1 : ratio
  const resampled = Math.max(1, Math.floor(extent / scale + 0.5))
  const multiple = sliceAxisOf(card.layout) === axis ? 1 : card.multipleOf
  const size = shape ?? Math.ceil(resampled / multiple) * multiple
  if (shape !== null && card.centre !== 'brain') checkFit(card, axis, resampled, size)
  const begin =
    size < resampled
      ? Math.floor(resampled / 2) - Math.floor(size / 2)
      : -Math.floor((size - resampled) / 2)
  return { resampled, size, begin, scale }
}

function checkFit(card: ModelCard, axis: number, resampled: number, size: number): void {
  const isCut = size < resampled
  if ((card.fit === 'crop' && size > resampled) || (card.fit === 'pad' && isCut)) {
    throw new Failure(
      'shape-mismatch',
      `The volume has ${resampled} voxels along ${'ijk'.charAt(axis)} at the model's spacing, but the card wants ${size} and allows only to ${card.fit}; use fit "crop-or-pad" or a ${isCut ? 'smaller' : 'larger'} volume.`,
    )
  }
}

function brainBox(volume: Volume, { brainAbove }: ModelCard, turn: Turn): Box {
  const box = boundingBox(volume, brainAbove)
  if (box === null) {
    throw new Failure(
      'bad-request',
      `The card lays the model's grid around the brain, but no voxel of the volume is above ${brainAbove}; lower brainAbove or use centre "volume".`,
    )
  }
  const size = (axis: 0 | 1 | 2): number => box.size[turn[axis].from]
  const low = (axis: 0 | 1 | 2): number => {
    const { from, flip } = turn[axis]
    return flip ? volume.dims[from] - box.low[from] - box.size[from] : box.low[from]
  }
  return { low: [low(0), low(1), low(2)], size: [size(0), size(1), size(2)] }
}

function wholeBox(dims: Triple): Box {
  return { low: [0, 0, 0], size: dims }
}

function centrePoint(card: ModelCard, affine: Grid['affine']): Triple | null {
  if (typeof card.centre === 'string') return null
  const inverse = invertAffine(affine)
  return inverse === null ? null : applyAffine(inverse, card.centre)
}

function describePlans(
  card: ModelCard,
  spacing: Triple,
  plans: readonly [AxisPlan, AxisPlan, AxisPlan],
  declared: PerAxis,
  steps: string[],
): void {
  const axes = [0, 1, 2] as const
  if (axes.some((axis) => (card.shape?.[axis] ?? null) === null && declared[axis] !== null)) {
    steps.push(
      `Shape ${join(plans.map(({ size }) => size))} taken from the model's declared input.`,
    )
  }
  if (plans.some(({ scale }) => scale !== 1)) {
    const fresh = axes.map((axis) => spacing[axis] * plans[axis].scale)
    steps.push(
      `Resampled (trilinear) from ${join(spacing.map(short))} mm to ${join(fresh.map(short))} mm.`,
    )
  }
  const around =
    card.centre === 'volume'
      ? "the volume's centre"
      : card.centre === 'brain'
        ? 'the bounding box of the brain'
        : `the point ${card.centre.map(short).join(', ')} mm`
  if (plans.some(({ size, resampled }) => size !== resampled)) {
    const isCut = plans.some(({ size, resampled }) => size < resampled)
    const isPadded = plans.some(({ size, resampled }) => size > resampled)
    const what = isCut && isPadded ? 'Cropped and padded' : isCut ? 'Cropped' : 'Padded'
    const before = join(plans.map(({ resampled }) => resampled))
    steps.push(`${what} from ${before} to ${join(plans.map(({ size }) => size))} around ${around}.`)
  } else if (card.centre !== 'volume') steps.push(`Laid around ${around}.`)
}

function join(values: readonly (number | string)[]): string {
  return values.join(' x ')
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
