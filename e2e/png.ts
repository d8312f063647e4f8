/** @file PNG pixels, read from the published format: 8 bits per channel, RGB or RGBA, not interlaced. */

import { inflateSync } from 'node:zlib'

export interface Picture {
  readonly width: number
  readonly height: number
  /** RGB, row by row from the top. */
  readonly rgb: Uint8Array
}

export function readPng(file: Buffer): Picture {
  if (file.toString('latin1', 1, 4) !== 'PNG') throw new Error('not a PNG')
  const width = file.readUInt32BE(16)
  const height = file.readUInt32BE(20)
  const channels = file[25] === 6 ? 4 : 3
  if (file[24] !== 8 || (file[25] !== 2 && file[25] !== 6) || file[28] !== 0)
    throw new Error('a PNG of another kind')
  const parts: Buffer[] = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)))
  const rows = unfilter(inflateSync(Buffer.concat(parts)), width * channels, height, channels)
  const rgb = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = rows[pixel * channels + c] ?? 0
  return { width, height, rgb }
}

/** PNG 1.2, section 6: each row says how it was predicted from its left and upper neighbours. */
function unfilter(raw: Buffer, stride: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x >= step ? (out[at - step] ?? 0) : 0
      const up = y > 0 ? (out[at - stride] ?? 0) : 0
      const corner = x >= step && y > 0 ? (out[at - stride - step] ?? 0) : 0
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)]
      out[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + (guesses[filter] ?? 0)
    }
  }
  return out
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [left, up, corner].map((one) => Math.abs(left + up - corner - one))
  if (a === undefined || b === undefined || c === undefined) return 0
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

/** Share of the pixels that are clearly coloured rather than grey: heat maps, outlines. */
export function colouredShare({ rgb }: Picture): number {
  return shareOf(rgb, (r, g, b) => Math.max(r, g, b) - Math.min(r, g, b) > 48)
}

/** Share of the pixels that are not nearly black. */
export function litShare({ rgb }: Picture): number {
  return shareOf(rgb, (r, g, b) => Math.max(r, g, b) > 40)
}

function shareOf(rgb: Uint8Array, holds: (r: number, g: number, b: number) => boolean): number {
  let count = 0
  for (let at = 0; at < rgb.length; at += 3)
    if (holds(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0)) count++
  return (3 * count) / rgb.length
}

/** Share of the pixels that differ visibly between two pictures of one size. */
export function changedShare(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 1
  let count = 0
  for (let at = 0; at < a.rgb.length; at += 3) {
    const change = [0, 1, 2].map((c) => Math.abs((a.rgb[at + c] ?? 0) - (b.rgb[at + c] ?? 0)))
    if (Math.max(...change) > 24) count++
  }
  return (3 * count) / a.rgb.length
}
