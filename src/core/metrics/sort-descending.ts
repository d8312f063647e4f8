/** @file Radix sort of float32 values through their bits: linear time, no comparisons. */

const BITS = 11
const BUCKETS = 1 << BITS
const MASK = BUCKETS - 1

/**
 * The bits of a float as an unsigned key whose ascending order is descending value order: negative
 * numbers have all bits kept (already descending), others all but the sign flipped. Applied to a
 * key it gives the bits again.
 */
export function descendingKey(bits: number): number {
  return (bits & 0x80000000 ? bits : ~bits & 0x7fffffff) >>> 0
}

/** Sorts keys in ascending order: least significant digit first, three digits of 11 bits. */
export function sortKeys(keys: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const counts = [0, 1, 2].map(() => new Uint32Array(BUCKETS)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  const [low, middle, high] = counts
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number
    low[key & MASK] = (low[key & MASK] as number) + 1
    middle[(key >>> BITS) & MASK] = (middle[(key >>> BITS) & MASK] as number) + 1
    high[key >>> (2 * BITS)] = (high[key >>> (2 * BITS)] as number) + 1
  }
  let from = keys
  let to = new Uint32Array(keys.length)
  counts.forEach((count, digit) => {
    if (count.includes(keys.length)) return
    scatter(from, to, count, digit * BITS)
    ;[from, to] = [to, from]
  })
  return from
}

function scatter(from: Uint32Array, to: Uint32Array, count: Uint32Array, shift: number): void {
  let start = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const size = count[bucket] as number
    count[bucket] = start
    start += size
  }
  for (let i = 0; i < from.length; i++) {
    const key = from[i] as number
    const bucket = (key >>> shift) & MASK
    const at = count[bucket] as number
    to[at] = key
    count[bucket] = at + 1
  }
}
