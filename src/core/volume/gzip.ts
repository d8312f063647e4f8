/** @file The one door to gzip. */

import { Gunzip, gzipSync } from 'fflate'
import { Failure } from '../failure.ts'

const chunkBytes = 1 << 18
/** Deflate cannot shrink by more: a larger announced size is a damaged trailer. */
const largestRatio = 1032

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

export function compress(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return gzipSync(bytes, { level: 3, mtime: 0 })
}

/**
 * Inflates one or more gzip members; bytes after the last one are ignored. Length and checksum are
 * checked where they can be (one member, nothing after it), as fflate does not.
 * @param name the file, for the sentence.
 * @throws Failure 'bad-file' when the stream is cut short or damaged.
 */
export function decompress(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const trailer = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const announced = bytes.length < 18 ? 0 : trailer.getUint32(bytes.length - 4, true)
  const expected = announced <= bytes.length * largestRatio ? announced : 0
  let output = new Uint8Array(Math.max(expected, chunkBytes))
  let length = 0
  let checksum = 0
  let members = 1
  let isComplete = false
  const gunzip = new Gunzip((chunk, isLast) => {
    if (length + chunk.length > output.length) {
      const larger = new Uint8Array(Math.max(output.length * 2, length + chunk.length))
      larger.set(output.subarray(0, length))
      output = larger
    }
    output.set(chunk, length)
    length += chunk.length
    checksum = crc32(chunk, checksum)
    isComplete = isLast
  })
  gunzip.onmember = () => {
    members++
  }
  let isTrailed = false
  try {
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      const end = Math.min(start + chunkBytes, bytes.length)
      gunzip.push(bytes.subarray(start, end), end === bytes.length)
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    isTrailed = reason === 'invalid gzip data' && length > 0
    if (!isTrailed) throw damaged(name, reason === 'unexpected EOF', cause)
  }
  if (members === 1 && !isTrailed) {
    if (!isComplete || bytes.length < 18) throw damaged(name, true)
    const promised = trailer.getUint32(bytes.length - 8, true)
    if (announced !== length % 2 ** 32 || promised !== checksum >>> 0) throw damaged(name, false)
  }
  return output.length === length ? output : output.slice(0, length)
}

function damaged(name: string, isShort: boolean, cause?: unknown): Failure {
  const what = isShort
    ? 'is cut short: its gzip stream ends too early'
    : 'is damaged: its gzip checksum or length does not match what it holds'
  return new Failure('bad-file', `${name} ${what}; download or copy it again.`, { cause })
}

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 of RFC 1952, continued from an earlier one (0 at the start). */
function crc32(bytes: Uint8Array, before: number): number {
  let crc = ~before
  for (let i = 0; i < bytes.length; i++) {
    crc = (table[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (crc >>> 8)
  }
  return ~crc
}
