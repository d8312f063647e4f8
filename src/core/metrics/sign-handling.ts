/** @file How a signed map becomes the map that is measured. */

export const signHandlings = ['magnitude', 'positive', 'signed'] as const
export type SignHandling = (typeof signHandlings)[number]

/** `magnitude`: abs (the default everywhere); `positive`: max(a, 0); `signed`: as it is (not copied). */
export function handleSign(
  map: Float32Array<ArrayBuffer>,
  sign: SignHandling,
): Float32Array<ArrayBuffer> {
  switch (sign) {
    case 'magnitude':
      return map.map(Math.abs)
    case 'positive':
      return map.map((value) => Math.max(value, 0))
    case 'signed':
      return map
  }
}
