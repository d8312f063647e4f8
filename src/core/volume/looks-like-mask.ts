/** @file Tells masks and label volumes from images, to guess the role of a dropped file. */

/**
 * True when every value is a whole number from 0 to 100000 and either only 0 and one other value
 * occur, or most neighbours (along i, at least one of the two not 0) are equal: labels come in
 * patches, while an image's neighbours rarely agree. A constant image is no mask.
 */
export function looksLikeMask(data: Float32Array): boolean {
  let before = 0
  let pairs = 0
  let equal = 0
  let other = 0
  let isTwoValued = true
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    if (value !== Math.floor(value) || value < 0 || value > 100000) return false
    if (value !== 0 && other === 0) other = value
    if (value !== 0 && value !== other) isTwoValued = false
    if (i > 0 && (value !== 0 || before !== 0)) {
      pairs++
      if (value === before) equal++
    }
    before = value
  }
  if (other === 0 || data.every((value) => value === other)) return false
  return isTwoValued || equal >= pairs / 2
}
