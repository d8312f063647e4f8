/** @file The thumbnail of a run, painted from its slice. */

import { useEffect, useRef } from 'react'
import type { Thumbnail } from '../store/thumbnail.ts'
import { paletteRgba, paletteSize } from '../viewer/colormaps.ts'
import { colourMapFor } from './colour-maps.ts'

export function ThumbnailPicture({
  thumbnail,
  colourMap,
  isSigned,
}: {
  readonly thumbnail: Thumbnail
  readonly colourMap: string
  readonly isSigned: boolean
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const pixels = paint(thumbnail, paletteRgba(colourMapFor(colourMap, isSigned)), isSigned)
    context.putImageData(pixels, 0, 0)
  }, [thumbnail, colourMap, isSigned])
  return (
    <canvas
      ref={canvas}
      className="thumbnail"
      width={thumbnail.width}
      height={thumbnail.height}
      aria-hidden
    />
  )
}

/** Map over image, its opacity growing with its size. */
function paint(
  { width, height, grey, heat }: Thumbnail,
  palette: Uint8Array,
  isSigned: boolean,
): ImageData {
  const pixels = new ImageData(width, height)
  for (let at = 0; at < grey.length; at++) {
    const value = isSigned ? (heat[at] ?? 0) : Math.max(0, heat[at] ?? 0)
    const share = value / 255
    const alpha = Math.min(1, 1.6 * Math.abs(share))
    const entry = Math.round((isSigned ? 0.5 + 0.5 * share : share) * (paletteSize - 1))
    for (let channel = 0; channel < 3; channel++) {
      const under = (grey[at] ?? 0) * (1 - alpha)
      pixels.data[4 * at + channel] = under + alpha * (palette[4 * entry + channel] ?? 0)
    }
    pixels.data[4 * at + 3] = 255
  }
  return pixels
}
