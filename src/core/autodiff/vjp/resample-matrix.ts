/** @file The linear map that ONNX Resize is along one axis. */

import { Failure } from '../../failure.ts'
import { range } from '../../onnx/shape-arithmetic.ts'
import { type AxisMatrix, createAxisMatrix } from './axis-adjoint.ts'

export interface ResampleAxis {
  readonly inputSize: number
  readonly outputSize: number
  /** As given in the model, or outputSize / inputSize. */
  readonly scale: number
}

export interface ResampleMode {
  readonly mode: string
  readonly coordinates: string
  readonly nearest: string
  readonly cubicCoefficient: number
  readonly excludeOutside: boolean
}

/** outputSize x inputSize. @throws Failure for modes without a rule */
export function resampleMatrix(axis: ResampleAxis, mode: ResampleMode): AxisMatrix {
  const { inputSize, outputSize } = axis
  const matrix = createAxisMatrix(outputSize, inputSize)
  for (const row of range(0, outputSize)) {
    // The runtime computes positions in float32, which decides ties.
    const position = Math.fround(sourcePosition(axis, mode.coordinates, row))
    for (const [column, weight] of taps(mode, position, inputSize)) {
      const at = row * inputSize + clamp(column, inputSize)
      matrix.entries[at] = (matrix.entries[at] ?? 0) + weight
    }
  }
  return matrix
}

function sourcePosition(axis: ResampleAxis, coordinates: string, row: number): number {
  const { inputSize, outputSize } = axis
  const scale = Math.fround(axis.scale)
  const halfPixel = (row + 0.5) / scale - 0.5
  switch (coordinates) {
    case 'align_corners':
      return outputSize === 1 ? 0 : (row * (inputSize - 1)) / (outputSize - 1)
    case 'asymmetric':
      return row / scale
    case 'half_pixel':
      return halfPixel
    case 'half_pixel_symmetric': {
      const adjustment = outputSize / (scale * inputSize)
      return (inputSize / 2) * (1 - adjustment) + halfPixel
    }
    case 'pytorch_half_pixel':
      return outputSize > 1 ? halfPixel : 0
    default:
      throw unsupported(`coordinate mode '${coordinates}'`)
  }
}

function taps(mode: ResampleMode, position: number, size: number): [number, number][] {
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
  const a = mode.cubicCoefficient
  const low = Math.floor(position)
  const all = range(low - 1, low + 3).map((column): [number, number] => {
    const t = Math.abs(position - column)
    const near = (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1
    const far = a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a
    return [column, t <= 1 ? near : far]
  })
  if (!mode.excludeOutside) return all
  const inside = all.filter(([column]) => column >= 0 && column < size)
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
