/** @file The linear map that ONNX Resize is along one axis. */

import { Failure } from '../../failure.ts'
import { range } from '../../onnx/shape-arithmetic.ts'
import { type AxisMatrix, createAxisMatrix } from './axis-adjoint.ts'

export interface ResampleAxis {
  readonly inputSize: number
  readonly outputSize: number
  /** As given in the model, or outputSize / inputSize. */
  readonly scale: number
  /** For tf_crop_and_resize: the part of the axis that is shown, 0 to 1 = all of it. */
  readonly region?: readonly [start: number, end: number]
}

export interface ResampleMode {
  readonly mode: string
  readonly coordinates: string
  readonly nearest: string
  readonly cubicCoefficient: number
  readonly excludeOutside: boolean
  /** Kernels grow with the step between samples where the axis shrinks (linear and cubic). */
  readonly antialias: boolean
}

/**
 * outputSize x inputSize. Rows of tf_crop_and_resize that lie outside the axis are zero: the output
 * is a constant there. @throws Failure for modes without a rule */
export function resampleMatrix(axis: ResampleAxis, mode: ResampleMode): AxisMatrix {
  const { inputSize, outputSize } = axis
  const matrix = createAxisMatrix(outputSize, inputSize)
  for (const row of range(0, outputSize)) {
    // The runtime computes positions in float32, which decides ties.
    const position = Math.fround(sourcePosition(axis, mode.coordinates, row))
    if (
      mode.coordinates === 'tf_crop_and_resize' &&
      !(position >= 0 && position <= inputSize - 1)
    ) {
      continue
    }
    for (const [column, weight] of taps(mode, position, axis)) {
      const at = row * inputSize + clamp(column, inputSize)
      matrix.entries[at] = (matrix.entries[at] ?? 0) + weight
    }
  }
  return matrix
}

function sourcePosition(axis: ResampleAxis, coordinates: string, row: number): number {
  const { inputSize, outputSize } = axis
  const scale = Math.fround(axis.scale)
  // Rounded where the runtime rounds: whole and half positions are ties.
  const halfPixel = Math.fround((row + 0.5) / scale) - 0.5
  switch (coordinates) {
    case 'align_corners':
      return outputSize === 1 ? 0 : (row * (inputSize - 1)) / (outputSize - 1)
    case 'asymmetric':
      return row / scale
    case 'half_pixel':
      return halfPixel
    case 'half_pixel_symmetric': {
      const adjustment = Math.fround(outputSize / Math.fround(scale * inputSize))
      const offset = Math.fround((inputSize / 2) * Math.fround(1 - adjustment))
      return offset + (row + 0.5) / scale - 0.5
    }
    case 'pytorch_half_pixel':
      return outputSize > 1 ? halfPixel : 0
    case 'tf_crop_and_resize': {
      const [start, end] = axis.region ?? [0, 1]
      const last = inputSize - 1
      return outputSize > 1
        ? start * last + (row * (end - start) * last) / (outputSize - 1)
        : 0.5 * (start + end) * last
    }
    default:
      throw unsupported(`coordinate mode '${coordinates}'`)
  }
}

function taps(mode: ResampleMode, position: number, axis: ResampleAxis): [number, number][] {
  const size = axis.inputSize
  if (mode.antialias && axis.scale < 1 && mode.mode !== 'nearest') {
    return stretchedTaps(mode, position, axis)
  }
  switch (mode.mode) {
    case 'cubic':
      return cubicTaps(mode, position, size)
    case 'linear': {
      const inside = Math.min(size - 1, Math.max(0, position))
      const low = Math.floor(inside)
      return [
        [low, 1 - (inside - low)],
        [low + 1, inside - low],
      ]
    }
    case 'nearest':
      return [[nearestIndex(mode.nearest, position), 1]]
    default:
      throw unsupported(`mode '${mode.mode}'`)
  }
}

function nearestIndex(nearest: string, position: number): number {
  switch (nearest) {
    case 'ceil':
      return Math.ceil(position)
    case 'floor':
      return Math.floor(position)
    case 'round_prefer_ceil':
      return Math.floor(position + 0.5)
    case 'round_prefer_floor':
      return Math.ceil(position - 0.5)
    default:
      throw unsupported(`nearest mode '${nearest}'`)
  }
}

/** Keys' cubic with coefficient a, taps at floor(position) - 1 .. + 2. */
function cubicTaps(mode: ResampleMode, position: number, size: number): [number, number][] {
  const low = Math.floor(position)
  const all = range(low - 1, low + 3).map((column): [number, number] => [
    column,
    cubic(mode.cubicCoefficient, position - column),
  ])
  return mode.excludeOutside ? sharesInside(all, size) : all
}

/** The linear or cubic kernel as wide as the step between samples; the weights add up to 1. */
function stretchedTaps(
  mode: ResampleMode,
  position: number,
  { inputSize, scale }: ResampleAxis,
): [number, number][] {
  const kernel = kernelOf(mode)
  const radius = (mode.mode === 'cubic' ? 2 : 1) / scale
  const columns = range(Math.floor(position + 1 - radius), Math.floor(position + 1 + radius))
  const all = columns.map((column): [number, number] => [
    column,
    kernel((column - position) * scale),
  ])
  if (mode.excludeOutside) return sharesInside(all, inputSize)
  const total = all.reduce((sum, [, weight]) => sum + weight, 0)
  return all.map(([column, weight]) => [column, weight / total])
}

function kernelOf({ mode, cubicCoefficient }: ResampleMode): (distance: number) => number {
  switch (mode) {
    case 'cubic':
      return (distance) => cubic(cubicCoefficient, distance)
    case 'linear':
      return (distance) => Math.max(0, 1 - Math.abs(distance))
    default:
      throw unsupported(`mode '${mode}'`)
  }
}

function cubic(a: number, distance: number): number {
  const t = Math.abs(distance)
  if (t >= 2) return 0
  return t <= 1
    ? (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1
    : a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a
}

function sharesInside(taps: readonly [number, number][], size: number): [number, number][] {
  const inside = taps.filter(([column]) => column >= 0 && column < size)
  const total = inside.reduce((sum, [, weight]) => sum + weight, 0)
  return inside.map(([column, weight]) => [column, weight / total])
}

function clamp(column: number, size: number): number {
  return Math.min(size - 1, Math.max(0, column))
}

function unsupported(what: string): Failure {
  return new Failure(
    'unsupported-operator',
    `This model needs Resize with ${what}, which has no gradient rule yet; occlusion works with ` +
      'any operator.',
  )
}
