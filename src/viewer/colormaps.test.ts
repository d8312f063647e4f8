import { describe, expect, it } from 'vitest'
import {
  type ColormapId,
  colormaps,
  findColormap,
  fittingColormap,
  palettePosition,
  paletteRgba,
  paletteSize,
} from './colormaps.ts'
import { oklabLightness, oklchToRgb, type Rgb } from './oklch.ts'

function entry(id: ColormapId, index: number): readonly number[] {
  return [...paletteRgba(id).subarray(index * 4, index * 4 + 3)]
}

/** CIE 1976 L* from sRGB bytes (IEC 61966-2-1, D65). */
function cieLightness(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((byte) => {
    const value = byte / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y
}

/** Machado, Oliveira & Fernandes 2009, severity 1: what dichromats see, in linear RGB. */
const dichromats = {
  protanopia: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
  ],
  deuteranopia: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
  ],
  tritanopia: [
    1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039,
  ],
} as const

function seenBy(matrix: readonly number[], rgb: Rgb): readonly number[] {
  const linear = rgb.map((byte) => (byte / 255) ** 2.2)
  return [0, 3, 6].map((row) => {
    const value = linear.reduce((sum, part, n) => sum + (matrix[row + n] ?? 0) * part, 0)
    return 255 * Math.min(1, Math.max(0, value)) ** (1 / 2.2)
  })
}

describe('sequential scales', () => {
  it('are the published tables at their ends and middle (matplotlib 3)', () => {
    expect(entry('inferno', 0)).toEqual([0, 0, 4])
    expect(entry('inferno', 255)).toEqual([252, 255, 164])
    expect(entry('magma', 255)).toEqual([252, 253, 191])
    expect(entry('viridis', 0)).toEqual([68, 1, 84])
    expect(entry('viridis', 128)).toEqual([33, 145, 140])
    expect(entry('viridis', 255)).toEqual([253, 231, 37])
  })

  it.each(colormaps.filter(({ signed }) => !signed))(
    '$id grows lighter at every step',
    ({ id }) => {
      const lightness = Array.from({ length: paletteSize / 8 }, (_, n) =>
        cieLightness(entry(id, 8 * n)),
      )
      for (let n = 1; n < lightness.length; n++)
        expect(lightness[n]).toBeGreaterThan(lightness[n - 1]!)
    },
  )
})

describe('signed scales', () => {
  const signed = colormaps.filter((colormap) => colormap.signed)

  it.each(signed)('$id is neutral at zero', ({ at }) => {
    const zero = at(0.5)
    expect(Math.max(...zero) - Math.min(...zero)).toBeLessThanOrEqual(3)
  })

  it.each(signed)('$id is as light at -v as at +v', ({ at }) => {
    for (const size of [0.1, 0.3, 0.5, 0.7, 0.9, 1]) {
      const gap = oklabLightness(at(0.5 + size / 2)) - oklabLightness(at(0.5 - size / 2))
      expect(Math.abs(gap)).toBeLessThan(0.012)
    }
  })

  it.each(signed)('$id is warm above zero and cool below', ({ at }) => {
    for (const size of [0.3, 0.6, 0.9]) {
      const [warmRed, , warmBlue] = at(0.5 + size / 2)
      const [coolRed, , coolBlue] = at(0.5 - size / 2)
      expect(warmRed).toBeGreaterThan(warmBlue)
      expect(coolBlue).toBeGreaterThan(coolRed)
    }
  })

  for (const [name, matrix] of Object.entries(dichromats)) {
    it.each(signed)(`$id keeps its signs apart under ${name}`, ({ at }) => {
      for (const size of [0.4, 0.6, 0.8]) {
        const warm = seenBy(matrix, at(0.5 + size / 2))
        const cool = seenBy(matrix, at(0.5 - size / 2))
        expect(Math.hypot(...warm.map((value, n) => value - cool[n]!))).toBeGreaterThan(60)
      }
    })
  }
})

describe('choosing and looking up', () => {
  it('replaces a scale of the wrong kind', () => {
    expect(fittingColormap('viridis', false)).toBe('viridis')
    expect(fittingColormap('viridis', true)).toBe('warm-cool')
    expect(fittingColormap('warm-cool-light', false)).toBe('inferno')
  })

  it('places values between the limits and clamps outside', () => {
    expect(palettePosition(0, 2, true)).toBe(0.5)
    expect(palettePosition(-2, 2, true)).toBe(0)
    expect(palettePosition(9, 2, true)).toBe(1)
    expect(palettePosition(1, 2, false)).toBe(0.5)
    expect(palettePosition(-1, 2, false)).toBe(0)
  })

  it('lists scales by id', () => {
    const ids = colormaps.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
    expect(findColormap('magma').label).toBe('Magma')
  })
})

describe('oklchToRgb', () => {
  it('gives black, white, mid grey and the primaries their known coordinates', () => {
    expect(oklchToRgb(0, 0, 0)).toEqual([0, 0, 0])
    expect(oklchToRgb(1, 0, 0)).toEqual([255, 255, 255])
    // Coordinates of sRGB red and blue as CSS Color 4 lists them.
    expect(oklchToRgb(0.628, 0.2577, 29.23)).toEqual([255, 0, 0])
    expect(oklchToRgb(0.452, 0.3132, 264.05)).toEqual([0, 0, 255])
  })

  it('gives up chroma, not lightness, outside sRGB', () => {
    expect(oklabLightness(oklchToRgb(0.6, 0.4, 150))).toBeCloseTo(0.6, 2)
  })
})
