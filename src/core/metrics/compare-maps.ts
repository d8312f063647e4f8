/** @file How alike two maps of one image are, whatever their scales. */

import { rankCorrelation } from '../tensor/correlation.ts'
import { range } from '../tensor/statistics.ts'

/**
 * Spearman's rank correlation of the magnitudes of two maps, over the voxels where the image is above
 * its smallest value: the air around a head is alike in every map and says nothing. Null where one of
 * the maps is constant there. All three on one grid.
 */
export function compareMaps(
  first: Float32Array,
  second: Float32Array,
  image: Float32Array,
): number | null {
  const { min } = range(image)
  const body = Uint8Array.from(image, (value) => (value > min ? 1 : 0))
  return rankCorrelation(first.map(Math.abs), second.map(Math.abs), body)
}
