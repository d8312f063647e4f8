/** @file A high percentile without sorting everything. */

const BITS = 16

/**
 * As `valueAtPercentile` of the values' table. None may be negative: their bits then rise with them,
 * and the upper half of the bits tells all but a few of them apart from the one that is looked for.
 */
export function highValue(values: Float32Array, percentile: number): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const counts = new Uint32Array(1 << BITS)
  for (let n = 0; n < bits.length; n++) {
    const bucket = (bits[n] as number) >>> BITS
    counts[bucket] = (counts[bucket] as number) + 1
  }
  const last = values.length - 1
  const position = (last * percentile) / 100
  const below = Math.floor(position)
  // Places from the top: of the value just above the wanted one, and of the one below.
  const [above, under] = [Math.max(last - below - 1, 0), last - below]
  let bucket = counts.length - 1
  let passed = 0
  while (passed + (counts[bucket] as number) <= above) passed += counts[bucket--] as number
  let floor = bucket
  let reached = passed + (counts[bucket] as number)
  while (reached <= under) reached += counts[--floor] as number
  const near = values.filter((_, n) => {
    const own = (bits[n] as number) >>> BITS
    return own <= bucket && own >= floor
  })
  near.sort().reverse()
  const low = near[under - passed] ?? 0
  const high = near[above - passed] ?? low
  return below === position ? low : low + (position - below) * (high - low)
}
