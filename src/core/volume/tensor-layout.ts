/** @file Between images (i fastest) and tensors laid out as a card's `layout` says. */

import { Failure } from '../failure.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import type { Triple } from './affine.ts'

/** Tensor dims for a layout: N is 1, an image axis the layout leaves out must have one voxel. */
export function tensorDims(layout: string, grid: Triple, channels: number): number[] {
  const sizes: Readonly<Record<string, number>> = {
    N: 1,
    C: channels,
    I: grid[0],
    J: grid[1],
    K: grid[2],
  }
  return [...layout].map((letter) => sizes[letter] ?? 1)
}

/** The layout's letters for the image axes only, in tensor order: "KJI". */
export function spatialLayout(layout: string): string {
  return [...layout].filter((letter) => 'IJK'.includes(letter)).join('')
}

/** Copies an image into channel `channel` of a tensor. */
export function putChannel(
  image: Float32Array,
  grid: Triple,
  tensor: Tensor,
  layout: string,
  channel: number,
): void {
  const stride = strides(layout, tensor.dims)
  const start = channel * stride('C')
  const [di, dj, dk] = [stride('I'), stride('J'), stride('K')]
  let source = 0
  for (let k = 0; k < grid[2]; k++) {
    for (let j = 0; j < grid[1]; j++) {
      let target = start + j * dj + k * dk
      for (let i = 0; i < grid[0]; i++, target += di) tensor.data[target] = image[source++] ?? 0
    }
  }
}

/**
 * The image a one-row tensor holds, its channels summed. The tensor may leave out N, or N and C.
 * @returns values i fastest, and the sizes along i, j, k (1 where the layout has no such axis).
 */
export function imageOf(
  tensor: Tensor,
  layout: string,
): { readonly data: Float32Array<ArrayBuffer>; readonly dims: Triple } {
  const spatial = spatialLayout(layout)
  const letters = [layout, layout.replace('N', ''), spatial].find(
    (candidate) => candidate.length === tensor.dims.length,
  )
  if (letters === undefined || elementCount(tensor.dims) !== tensor.data.length) {
    throw new Failure(
      'shape-mismatch',
      `A map of shape ${tensor.dims.join(' x ')} does not fit the layout ${layout} of the model card.`,
    )
  }
  const size = (letter: string): number => {
    const axis = letters.indexOf(letter)
    return axis < 0 ? 1 : (tensor.dims[axis] ?? 1)
  }
  if (size('N') !== 1) {
    throw new Failure(
      'shape-mismatch',
      `A map with ${size('N')} rows cannot go back onto one volume; give one row.`,
    )
  }
  const dims: Triple = [size('I'), size('J'), size('K')]
  const stride = strides(letters, tensor.dims)
  const [di, dj, dk, dc] = [stride('I'), stride('J'), stride('K'), stride('C')]
  const data = new Float32Array(dims[0] * dims[1] * dims[2])
  for (let channel = 0; channel < size('C'); channel++) {
    let target = 0
    for (let k = 0; k < dims[2]; k++) {
      for (let j = 0; j < dims[1]; j++) {
        let source = channel * dc + j * dj + k * dk
        for (let i = 0; i < dims[0]; i++, source += di) {
          data[target] = (data[target] ?? 0) + (tensor.data[source] ?? 0)
          target++
        }
      }
    }
  }
  return { data, dims }
}

/** Elements between neighbours along a letter's axis; 0 for a letter that is not there. */
function strides(layout: string, dims: readonly number[]): (letter: string) => number {
  return (letter) => {
    const axis = layout.indexOf(letter)
    return axis < 0 ? 0 : elementCount(dims.slice(axis + 1))
  }
}
