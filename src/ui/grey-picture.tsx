/** @file A slice in grey on a canvas. */

import { useEffect, useRef } from 'react'
import type { GreySlice } from './grey-slices.ts'

/** `label` '' = decoration. */
export function GreyPicture({
  slice,
  label,
}: {
  readonly slice: GreySlice
  readonly label: string
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const pixels = new ImageData(slice.width, slice.height)
    for (let at = 0; at < slice.grey.length; at++) {
      pixels.data.fill(slice.grey[at] ?? 0, 4 * at, 4 * at + 3)
      pixels.data[4 * at + 3] = 255
    }
    context.putImageData(pixels, 0, 0)
  }, [slice])
  return (
    <canvas
      ref={canvas}
      width={slice.width}
      height={slice.height}
      {...(label === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    />
  )
}
