/** L2 norm of the difference over the L2 norm of the reference. */
export function relativeDistance(got: Float32Array, reference: Float32Array): number {
  let difference = 0
  let norm = 0
  for (const [i, value] of reference.entries()) {
    difference += ((got[i] ?? Number.NaN) - value) ** 2
    norm += value ** 2
  }
  return Math.sqrt(difference / norm)
}
