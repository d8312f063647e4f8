/** @file Colour scales: perceptually uniform, safe for colour-blind readers, one table for picture and bar. */

import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolateViridis,
} from 'd3-scale-chromatic'
import { oklchToRgb, type Rgb } from './oklch.ts'

export type ColormapId =
  | 'cividis'
  | 'inferno'
  | 'magma'
  | 'viridis'
  | 'warm-cool'
  | 'warm-cool-light'

export interface Colormap {
  readonly id: ColormapId
  readonly label: string
  /** Signed scales have their neutral colour in the middle. */
  readonly signed: boolean
  /** Colour at t: 0 to 1; of a signed scale 0 is -limit and 1 is +limit. */
  readonly at: (t: number) => Rgb
}

/** Entries of a palette; a signed palette has its neutral colour between the two middle ones. */
export const paletteSize = 256

/** Alphabetical. */
export const colormaps: readonly Colormap[] = [
  { id: 'cividis', label: 'Cividis', signed: false, at: (t) => parseRgb(interpolateCividis(t)) },
  { id: 'inferno', label: 'Inferno', signed: false, at: (t) => parseRgb(interpolateInferno(t)) },
  { id: 'magma', label: 'Magma', signed: false, at: (t) => parseRgb(interpolateMagma(t)) },
  { id: 'viridis', label: 'Viridis', signed: false, at: (t) => parseRgb(interpolateViridis(t)) },
  { id: 'warm-cool', label: 'Warm / cool, dark zero', signed: true, at: warmCool },
  { id: 'warm-cool-light', label: 'Warm / cool, light zero', signed: true, at: warmCoolLight },
]

export function findColormap(id: ColormapId): Colormap {
  const found = colormaps.find((colormap) => colormap.id === id)
  if (!found) throw new Error(`no colour scale is called ${id}`)
  return found
}

/** The scale asked for where it fits the sign of the map, else the default of that kind. */
export function fittingColormap(id: ColormapId, signed: boolean): ColormapId {
  if (findColormap(id).signed === signed) return id
  return signed ? 'warm-cool' : 'inferno'
}

/** RGBA bytes, `paletteSize` entries, all opaque: opacity is a rule of its own (opacity-rule.ts). */
export function paletteRgba(id: ColormapId): Uint8Array<ArrayBuffer> {
  const { at } = findColormap(id)
  const bytes = new Uint8Array(paletteSize * 4)
  for (let i = 0; i < paletteSize; i++) {
    bytes.set([...at(i / (paletteSize - 1)), 255], i * 4)
  }
  return bytes
}

/** Position in the palette, 0 to 1, of a value: v / limit, or (v / limit + 1) / 2 when signed. */
export function palettePosition(value: number, limit: number, signed: boolean): number {
  const share = value / limit
  return Math.min(1, Math.max(0, signed ? 0.5 + 0.5 * share : share))
}

/**
 * Lightness of OKLab rises equally on both sides of a dark neutral zero; hue runs from red to
 * yellow (positive) and from blue to pale cyan (negative): the pair stays apart for every common
 * colour deficiency, and its ends survive a grey print as equally strong.
 */
function warmCool(t: number): Rgb {
  const share = 2 * t - 1
  const size = Math.abs(share)
  const lightness = 0.2 + 0.72 * size
  const chroma = 0.21 * Math.sin(Math.PI * Math.min(0.92, size ** 0.8))
  const hue = share >= 0 ? 28 + 77 * size ** 1.4 : 272 - 67 * size
  return oklchToRgb(lightness, chroma, hue)
}

/** Light neutral zero, dark saturated ends: red (positive), blue (negative). */
function warmCoolLight(t: number): Rgb {
  const share = 2 * t - 1
  const size = Math.abs(share)
  const lightness = 0.95 - 0.55 * size
  const chroma = 0.2 * size ** 0.9
  return oklchToRgb(lightness, chroma, share >= 0 ? 32 : 262)
}

/** "rgb(1, 2, 3)" or "#010203". */
function parseRgb(text: string): Rgb {
  if (text.startsWith('#')) {
    const value = Number.parseInt(text.slice(1), 16)
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
  }
  const [r = 0, g = 0, b = 0] = (text.match(/\d+/g) ?? []).map(Number)
  return [r, g, b]
}
