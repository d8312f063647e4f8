/** @file Wilson's interval of a share (Wilson, 1927). */

/** Of the share of successes, 95 % by default: [low, high]; [0, 1] of nothing. */
export function wilsonInterval(
  successes: number,
  count: number,
  z = 1.959964,
): readonly [number, number] {
  if (count === 0) return [0, 1]
  const share = successes / count
  const scale = 1 + (z * z) / count
  const centre = (share + (z * z) / (2 * count)) / scale
  const half =
    (z / scale) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}
