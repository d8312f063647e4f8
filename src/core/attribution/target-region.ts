/** @file Where a segmentation target looks: the positions a class wins, or a truth mask. */

import { Failure } from '../failure.ts'
import { formatDims } from '../tensor/arithmetic.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'

/**
 * 1 where `wanted` has the highest value among the classes (ties: the lowest class). With a single
 * class: where it passes 0.5 if all values lie in [0, 1] (probabilities), else where it passes 0.
 * `data` is (classes, positions).
 */
export function predictedRegion(data: Float32Array, classes: number, wanted: number): Uint8Array {
  const winners = winningClass(data, classes)
  const region = new Uint8Array(winners.length)
  for (let i = 0; i < region.length; i++) region[i] = winners[i] === wanted ? 1 : 0
  return region
}

/**
 * The class that wins most positions, class 0 (background) only where no other wins anywhere;
 * null where a single class wins nowhere.
 */
export function mostPredictedClass(data: Float32Array, classes: number): number | null {
  const wins = new Float64Array(classes)
  for (const winner of winningClass(data, classes)) {
    if (winner >= 0) wins[winner] = (wins[winner] ?? 0) + 1
  }
  let best = 0
  for (let k = 1; k < classes; k++) {
    if ((wins[k] ?? 0) > (best === 0 ? 0 : (wins[best] ?? 0))) best = k
  }
  return (wins[best] ?? 0) > 0 ? best : null
}

/** Per position the winning class, -1 = none (a single class below its threshold). */
function winningClass(data: Float32Array, classes: number): Int32Array {
  const positions = data.length / classes
  const winners = new Int32Array(positions)
  if (classes === 1) {
    const threshold = data.every((value) => value >= 0 && value <= 1) ? 0.5 : 0
    for (let i = 0; i < positions; i++) winners[i] = (data[i] ?? 0) > threshold ? 0 : -1
    return winners
  }
  for (let i = 0; i < positions; i++) {
    let best = data[i] ?? 0
    for (let k = 1; k < classes; k++) {
      const value = data[k * positions + i] ?? 0
      if (value > best) {
        best = value
        winners[i] = k
      }
    }
  }
  return winners
}

/**
 * Row `row` of a mask as positions. The mask is one grid for all rows or one per row; axes of
 * length 1 do not matter.
 */
export function maskRegion(
  mask: Tensor,
  rows: number,
  row: number,
  spatial: readonly number[],
): Uint8Array {
  const squeeze = (dims: readonly number[]) => dims.filter((size) => size !== 1).join('x')
  const found = squeeze(mask.dims)
  const isShared = found === squeeze(spatial)
  if (!isShared && found !== squeeze([rows, ...spatial])) {
    throw new Failure(
      'shape-mismatch',
      `the truth mask is ${formatDims(mask.dims)}, but the output's grid is ${formatDims(spatial)}`,
    )
  }
  const size = elementCount(spatial)
  const offset = isShared ? 0 : row * size
  return Uint8Array.from({ length: size }, (_, i) => ((mask.data[offset + i] ?? 0) !== 0 ? 1 : 0))
}
