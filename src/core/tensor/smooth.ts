/** @file Gaussian smoothing along chosen axes. */

import type { Tensor } from './tensor.ts'

/** sigma = FWHM / (2 sqrt(2 ln 2)). */
export function sigmaFromFwhm(fwhm: number): number {
  return fwhm / 2.3548200450309493
}

/**
 * Gaussian of standard deviation `sigma` (in elements) along each of `axes`, cut off at 4 sigma and
 * normalised to sum 1; beyond the border the tensor is mirrored, edge element repeated
 * (d c b a | a b c d), as scipy.ndimage.gaussian_filter does by default.
 */
export function smooth(tensor: Tensor, sigma: number, axes: readonly number[]): Tensor {
  if (!(sigma > 0)) return { dims: tensor.dims, data: tensor.data.slice() }
  const kernel = gaussianKernel(sigma)
  return axes.reduce<Tensor>((current, axis) => smoothAxis(current, kernel, axis), tensor)
}

/** Weights at -radius..radius, radius = round(4 sigma). */
function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5)
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  )
  const total = kernel.reduce((a, b) => a + b, 0)
  return kernel.map((weight) => weight / total)
}

function smoothAxis({ dims, data }: Tensor, kernel: Float64Array, axis: number): Tensor {
  const size = dims[axis] ?? 1
  // Elements with the same position along the axis that lie next to each other in memory.
  const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1)
  const source = mirroredIndices(size, (kernel.length - 1) / 2)
  const result = new Float32Array(data.length)
  if (stride === 1) {
    smoothLines(data, result, kernel, size, source)
    return { dims, data: result }
  }
  const row = new Float64Array(stride)
  for (let start = 0; start < data.length; start += size * stride) {
    for (let i = 0; i < size; i++) {
      row.fill(0)
      for (let k = 0; k < kernel.length; k++) {
        addRow(row, data, start + (source[i + k] as number) * stride, kernel[k] as number)
      }
      result.set(row, start + i * stride)
    }
  }
  return { dims, data: result }
}

/** Along the fastest axis, where the rows above would be single elements; the same sums. */
function smoothLines(
  data: Float32Array,
  result: Float32Array,
  kernel: Float64Array,
  size: number,
  source: Int32Array,
): void {
  const line = new Float64Array(source.length)
  for (let start = 0; start < data.length; start += size) {
    for (let i = 0; i < line.length; i++) line[i] = data[start + (source[i] as number)] as number
    for (let i = 0; i < size; i++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (line[i + k] as number)
      }
      result[start + i] = sum
    }
  }
}

function addRow(row: Float64Array, data: Float32Array, from: number, weight: number): void {
  for (let j = 0; j < row.length; j++) {
    row[j] = (row[j] as number) + weight * (data[from + j] as number)
  }
}

/** For padded positions -radius .. size - 1 + radius, the element that a mirror shows there. */
function mirroredIndices(size: number, radius: number): Int32Array {
  return Int32Array.from({ length: size + 2 * radius }, (_, i) => {
    const period = 2 * size
    const position = (((i - radius) % period) + period) % period
    return position < size ? position : period - 1 - position
  })
}
