/** @file Grey pictures of slices, of a volume or of the tensor the model sees. */

export interface GreySlice {
  readonly width: number
  readonly height: number
  readonly grey: Uint8ClampedArray<ArrayBuffer>
}

interface Grid {
  /** i fastest. */
  readonly data: Float32Array
  readonly dims: readonly [number, number, number]
}

/** The middle slice across `axis`; the larger index is up and to the right. */
export function middleSlice(
  { data, dims }: Grid,
  axis: 0 | 1 | 2,
  [low, high]: readonly [number, number],
): GreySlice {
  const strides = [1, dims[0], dims[0] * dims[1]] as const
  const across = axis === 0 ? 1 : 0
  const up = axis === 2 ? 1 : 2
  const width = dims[across]
  const height = dims[up]
  const start = Math.floor(dims[axis] / 2) * strides[axis]
  const scale = high > low ? 255 / (high - low) : 0
  const grey = new Uint8ClampedArray(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = start + column * strides[across] + (height - 1 - row) * strides[up]
      grey[row * width + column] = ((data[at] ?? 0) - low) * scale
    }
  }
  return { width, height, grey }
}
