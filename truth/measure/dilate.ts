/** @file A mask grown by whole steps. */

/** Each step adds the face neighbours, as scipy.ndimage.binary_dilation does; x fastest. */
export function dilate(
  mask: Uint8Array<ArrayBuffer>,
  [nx, ny, nz]: readonly [number, number, number],
  steps: number,
): Uint8Array<ArrayBuffer> {
  let current = mask
  for (let step = 0; step < steps; step++) {
    const next = current.slice()
    for (let at = 0; at < current.length; at++) {
      if (!current[at]) continue
      const i = at % nx
      const j = Math.floor(at / nx) % ny
      const k = Math.floor(at / (nx * ny))
      if (i > 0) next[at - 1] = 1
      if (i + 1 < nx) next[at + 1] = 1
      if (j > 0) next[at - nx] = 1
      if (j + 1 < ny) next[at + nx] = 1
      if (k > 0) next[at - nx * ny] = 1
      if (k + 1 < nz) next[at + nx * ny] = 1
    }
    current = next
  }
  return current
}
