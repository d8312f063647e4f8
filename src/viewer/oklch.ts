/** @file OKLCH to sRGB bytes (Ottosson 2020, "A perceptual color space for image processing"). */

/** 0 to 255 each. */
export type Rgb = readonly [number, number, number]

/**
 * Lightness 0 to 1, chroma about 0 to 0.3, hue in degrees. Colours outside sRGB lose chroma, not
 * lightness or hue.
 */
export function oklchToRgb(lightness: number, chroma: number, hueDegrees: number): Rgb {
  let low = 0
  let high = chroma
  if (isInside(linearRgb(lightness, chroma, hueDegrees))) low = chroma
  else {
    for (let step = 0; step < 16; step++) {
      const middle = (low + high) / 2
      if (isInside(linearRgb(lightness, middle, hueDegrees))) low = middle
      else high = middle
    }
  }
  const [r, g, b] = linearRgb(lightness, low, hueDegrees)
  return [toByte(r), toByte(g), toByte(b)]
}

/** OKLab lightness of an sRGB colour, the inverse's first coordinate. */
export function oklabLightness([r, g, b]: Rgb): number {
  const [lr, lg, lb] = [toLinear(r), toLinear(g), toLinear(b)]
  const l = Math.cbrt(0.4122214708 * lr + 0.5363325363 * lg + 0.0514459929 * lb)
  const m = Math.cbrt(0.2119034982 * lr + 0.6806995451 * lg + 0.1073969566 * lb)
  const s = Math.cbrt(0.0883024619 * lr + 0.2817188376 * lg + 0.6299787005 * lb)
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s
}

function linearRgb(lightness: number, chroma: number, hueDegrees: number): Rgb {
  const hue = (hueDegrees * Math.PI) / 180
  const a = chroma * Math.cos(hue)
  const b = chroma * Math.sin(hue)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
}

function isInside(rgb: Rgb): boolean {
  return rgb.every((value) => value >= -1e-4 && value <= 1.0001)
}

function toByte(linear: number): number {
  const value = Math.min(1, Math.max(0, linear))
  const encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055
  return Math.round(encoded * 255)
}

function toLinear(byte: number): number {
  const value = byte / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}
