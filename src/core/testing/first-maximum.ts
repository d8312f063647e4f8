/** @file Max pooling and its gradient by their definition, window by window. */

export interface MaxPooling {
  /** (N, C, spatial) */
  readonly dims: readonly number[]
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  /** Before every axis, then after. */
  readonly pads: readonly number[]
  readonly ceil?: boolean
}

/** As ONNX says: a window more with ceil_mode, unless it would start in the padding after the end. */
export function windowCounts({ dims, kernel, strides, pads, ceil }: MaxPooling): number[] {
  return kernel.map((length, axis) => {
    const size = at(dims, axis + 2)
    const before = at(pads, axis)
    const stride = at(strides, axis)
    const steps = (size + before + at(pads, axis + kernel.length) - length) / stride
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1
    return ceil && (count - 1) * stride >= size + before ? count - 1 : count
  })
}

/** Every weight goes to the first maximum of its window in row-major order. */
export function firstMaximumGradient(
  pooling: MaxPooling,
  x: readonly number[],
  weights: readonly number[],
): number[] {
  const { dims, kernel, strides, pads } = pooling
  const sizes = dims.slice(2)
  const windows = windowCounts(pooling)
  const perChannel = windows.reduce((a, b) => a * b, 1)
  const channelSize = sizes.reduce((a, b) => a * b, 1)
  const gradient = new Array<number>(x.length).fill(0)
  for (const [window, weight] of weights.entries()) {
    const start = unravel(window % perChannel, windows).map(
      (w, i) => w * at(strides, i) - at(pads, i),
    )
    const base = Math.floor(window / perChannel) * channelSize
    let best = -1
    for (let tap = 0; tap < kernel.reduce((a, b) => a * b, 1); tap++) {
      const place = unravel(tap, kernel).map((k, i) => at(start, i) + k)
      if (place.some((p, i) => p < 0 || p >= at(sizes, i))) continue
      const index = base + place.reduce((sum, p, i) => sum * at(sizes, i) + p, 0)
      if (best < 0 || at(x, index) > at(x, best)) best = index
    }
    gradient[best] = at(gradient, best) + weight
  }
  return gradient
}

/** Row-major index to one index per axis. */
function unravel(index: number, sizes: readonly number[]): number[] {
  const result = new Array<number>(sizes.length).fill(0)
  let rest = index
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    result[axis] = rest % at(sizes, axis)
    rest = Math.floor(rest / at(sizes, axis))
  }
  return result
}

/** Whole numbers of `levels` levels, most of them negative: windows are tied, and padding of 0 would win. */
export function tiedNumbers(length: number, levels: number): number[] {
  return Array.from(
    { length },
    (_, i) => ((i * 7919 + 13 * Math.floor(i / 5)) % levels) - levels + 2,
  )
}

/** NaN beyond the end, which no test takes for a number. */
function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.NaN
}
