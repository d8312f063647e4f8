/** @file How alike two maps are: Spearman's rank correlation. */

/**
 * Spearman's rank correlation of a and b over the elements where `within` is not 0 (null = all), ties
 * sharing their mean rank; null where one of them is constant there or fewer than two are left.
 * Spearman 1904, doi:10.2307/1412159; as a comparison of saliency maps: Adebayo et al. 2018.
 */
export function rankCorrelation(
  a: Float32Array,
  b: Float32Array,
  within: Uint8Array | null = null,
): number | null {
  const x = ranks(pick(a, within))
  const y = ranks(pick(b, within))
  // Ranks from 1 to n have the mean (n + 1) / 2, with ties too.
  const middle = (x.length + 1) / 2
  let together = 0
  let alone = 0
  let other = 0
  for (let at = 0; at < x.length; at++) {
    const dx = (x[at] ?? 0) - middle
    const dy = (y[at] ?? 0) - middle
    together += dx * dy
    alone += dx * dx
    other += dy * dy
  }
  return alone > 0 && other > 0 ? together / Math.sqrt(alone * other) : null
}

/** A copy of the elements within. Minus zero becomes zero: it is equal, but would sort before it. */
function pick(values: Float32Array, within: Uint8Array | null): Float32Array {
  const picked = new Float32Array(values.length)
  let count = 0
  for (let at = 0; at < values.length; at++) {
    if (within === null || within[at]) picked[count++] = (values[at] as number) + 0
  }
  return picked.subarray(0, count)
}

const DIGIT = 11
const BUCKETS = 1 << DIGIT

/**
 * Ranks from 1; equal values share the mean of theirs. Radix sort of the places by the bits of their
 * values, least significant digit first: linear time, no comparisons.
 */
function ranks(values: Float32Array): Float64Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const keys = new Uint32Array(bits.length)
  for (let at = 0; at < bits.length; at++) {
    const word = bits[at] as number
    // Negative numbers grow with their bits turned around, others behind them.
    keys[at] = word & 0x80000000 ? ~word : word | 0x80000000
  }
  let order = new Uint32Array(keys.length)
  for (let at = 0; at < order.length; at++) order[at] = at
  let next = new Uint32Array(keys.length)
  for (let shift = 0; shift < 32; shift += DIGIT) {
    const starts = new Uint32Array(BUCKETS + 1)
    for (let at = 0; at < keys.length; at++) {
      const bucket = ((keys[at] as number) >>> shift) & (BUCKETS - 1)
      starts[bucket + 1] = (starts[bucket + 1] as number) + 1
    }
    for (let n = 1; n < BUCKETS; n++) starts[n] = (starts[n] as number) + (starts[n - 1] as number)
    for (let n = 0; n < order.length; n++) {
      const at = order[n] as number
      const bucket = ((keys[at] as number) >>> shift) & (BUCKETS - 1)
      const place = starts[bucket] as number
      next[place] = at
      starts[bucket] = place + 1
    }
    ;[order, next] = [next, order]
  }
  const result = new Float64Array(values.length)
  for (let from = 0; from < order.length; ) {
    const key = keys[order[from] as number]
    let to = from + 1
    while (to < order.length && keys[order[to] as number] === key) to++
    for (let n = from; n < to; n++) result[order[n] as number] = (from + 1 + to) / 2
    from = to
  }
  return result
}
