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
  const places: number[] = []
  for (let at = 0; at < a.length; at++) if (within === null || within[at]) places.push(at)
  const x = ranks(Float32Array.from(places, (at) => a[at] ?? 0))
  const y = ranks(Float32Array.from(places, (at) => b[at] ?? 0))
  // Ranks from 1 to n have the mean (n + 1) / 2, with ties too.
  const middle = (places.length + 1) / 2
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

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: Float32Array): Float64Array {
  const order = Uint32Array.from(values, (_, at) => at)
  order.sort((p, q) => (values[p] ?? 0) - (values[q] ?? 0))
  const result = new Float64Array(values.length)
  for (let from = 0; from < order.length; ) {
    const value = values[order[from] ?? 0]
    let to = from + 1
    while (to < order.length && values[order[to] ?? 0] === value) to++
    for (let at = from; at < to; at++) result[order[at] ?? 0] = (from + 1 + to) / 2
    from = to
  }
  return result
}
