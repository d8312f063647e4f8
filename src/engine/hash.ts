import type { Tensors } from '../core/tensor/tensor.ts'

/** SHA-256 in hexadecimal, as `sha256sum` prints it. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Tells whether the same numbers come again: two independent 32-bit multiplicative hashes over the
 * bits of the values, with the shapes. For caches within one thread, not for records.
 */
export function fingerprint(tensors: Tensors): string {
  return tensors
    .map(({ dims, data }) => {
      const words = new Uint32Array(data.buffer, data.byteOffset, data.length)
      let a = 0x811c9dc5
      let b = 0x9e3779b9
      for (const word of words) {
        a = Math.imul(a ^ word, 0x01000193)
        b = Math.imul((b << 5) | (b >>> 27), 0x85ebca6b) ^ word
        a ^= a >>> 15
      }
      return `${dims.join('x')}:${a >>> 0}:${b >>> 0}`
    })
    .join(';')
}
