/** exp(v) / sum exp(v), shifted by the maximum so that nothing overflows; in float64. */
export function softmax(values: ArrayLike<number>): readonly number[] {
  const list = Array.from(values)
  const largest = list.reduce((best, value) => Math.max(best, value), -Infinity)
  const powers = list.map((value) => Math.exp(value - largest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}
