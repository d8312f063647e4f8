/** @file Exact Euclidean distance transform (Felzenszwalb and Huttenlocher, 2012), in any rank. */

/**
 * Squared distance, in elements, from every element to the nearest non-zero element of `mask`;
 * Infinity everywhere for an empty mask.
 */
export function distanceToMask(mask: Uint8Array, dims: readonly number[]): Float64Array {
  const squared = Float64Array.from(mask, (inside) => (inside ? 0 : Number.POSITIVE_INFINITY))
  dims.forEach((size, axis) => {
    const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1)
    const line = new Float64Array(size)
    for (let start = 0; start < squared.length; start += size * stride) {
      for (let inner = 0; inner < stride; inner++) {
        const offset = start + inner
        for (let i = 0; i < size; i++) line[i] = squared[offset + i * stride] as number
        const result = lowerEnvelope(line)
        for (let i = 0; i < size; i++) squared[offset + i * stride] = result[i] as number
      }
    }
  })
  return squared
}

/** min over j of (i - j)^2 + heights[j]: the lower envelope of parabolas rooted at the elements. */
function lowerEnvelope(heights: Float64Array): Float64Array {
  const roots: number[] = []
  const starts: number[] = []
  for (let j = 0; j < heights.length; j++) {
    const height = heights[j] as number
    if (height === Number.POSITIVE_INFINITY) continue
    let from = Number.NEGATIVE_INFINITY
    while (roots.length > 0) {
      const root = roots.at(-1) as number
      from = (height + j * j - ((heights[root] as number) + root * root)) / (2 * (j - root))
      if (from > (starts.at(-1) as number)) break
      roots.pop()
      starts.pop()
    }
    if (roots.length === 0) from = Number.NEGATIVE_INFINITY
    roots.push(j)
    starts.push(from)
  }
  if (roots.length === 0) return new Float64Array(heights.length).fill(Number.POSITIVE_INFINITY)
  const result = new Float64Array(heights.length)
  let piece = 0
  for (let i = 0; i < heights.length; i++) {
    while (piece + 1 < roots.length && (starts[piece + 1] as number) < i) piece++
    const root = roots[piece] as number
    result[i] = (i - root) ** 2 + (heights[root] as number)
  }
  return result
}
