/** @file The picture with letters, colour bar and caption as one PNG. */

import {
  barStops,
  negativeWord,
  positiveWord,
  thresholdMarks,
  tickMarks,
} from './colour-bar-model.ts'
import { edgeLetters, slicePlace } from './orientation-letters.ts'
import type { Tile } from './tile-layout.ts'
import type { CaptureOptions, ColourBarModel, PointMm } from './viewer-types.ts'

const font = 'system-ui, sans-serif'
const ink = '#f1f3f4'
const fadedInk = '#b6bcc4'
const barStripPx = 132
const marginPx = 14
const lineHeightPx = 17
const leastWidthPx = 480

export interface CapturedScene {
  /** Drawn in this same task: WebGL forgets its pixels afterwards. */
  readonly canvas: HTMLCanvasElement
  readonly pixelRatio: number
  readonly tiles: readonly Tile[]
  readonly radiological: boolean
  /** Where the slices lie. */
  readonly mm: PointMm | null
}

/** White on black in both themes. */
export async function capturePng(scene: CapturedScene, options: CaptureOptions): Promise<Blob> {
  const picture = document.createElement('canvas')
  compose(picture, scene, options)
  return new Promise((resolve, reject) => {
    picture.toBlob((blob) => {
      if (blob) resolve(blob)
      else reject(new Error('the picture could not be encoded as PNG'))
    }, 'image/png')
  })
}

function compose(
  picture: HTMLCanvasElement,
  { canvas, pixelRatio, tiles, radiological, mm }: CapturedScene,
  { caption, colourBar }: CaptureOptions,
): void {
  const width = canvas.width / pixelRatio
  const height = canvas.height / pixelRatio
  const fullWidth = Math.max(leastWidthPx, width + (colourBar ? barStripPx : 0))
  const context = picture.getContext('2d')
  if (!context) throw new Error('this browser cannot draw the picture for export')
  context.font = `12px ${font}`
  const lines = caption.flatMap((line) => wrap(context, line, fullWidth - 2 * marginPx))
  const captionHeight = lines.length > 0 ? lines.length * lineHeightPx + 2 * marginPx : 0
  picture.width = Math.round(fullWidth * pixelRatio)
  picture.height = Math.round((height + captionHeight) * pixelRatio)
  context.scale(pixelRatio, pixelRatio)
  context.fillStyle = '#000'
  context.fillRect(0, 0, fullWidth, height + captionHeight)
  context.drawImage(canvas, 0, 0, width, height)
  for (const tile of tiles) drawLetters(context, tile, radiological, mm)
  if (colourBar) drawBar(context, colourBar, fullWidth - barStripPx, height)
  context.font = `12px ${font}`
  context.textAlign = 'left'
  context.textBaseline = 'top'
  context.fillStyle = ink
  for (const [n, line] of lines.entries()) {
    context.fillText(line, marginPx, height + marginPx + n * lineHeightPx)
  }
}

function drawLetters(
  context: CanvasRenderingContext2D,
  { kind, left, top, width, height }: Tile,
  radiological: boolean,
  mm: PointMm | null,
): void {
  if (kind === 'render') return
  const letters = edgeLetters(kind, radiological)
  context.font = `600 13px ${font}`
  context.textBaseline = 'middle'
  context.textAlign = 'center'
  const write = (text: string, x: number, y: number): void => {
    context.lineWidth = 3
    context.strokeStyle = '#000'
    context.strokeText(text, x, y)
    context.fillStyle = ink
    context.fillText(text, x, y)
  }
  write(letters.left, left + 10, top + height / 2)
  write(letters.right, left + width - 10, top + height / 2)
  write(letters.top, left + width / 2, top + 12)
  write(letters.bottom, left + width / 2, top + height - 12)
  if (!mm) return
  context.font = `11px ${font}`
  context.textAlign = 'left'
  write(slicePlace(kind, mm), left + 6, top + height - 12)
}

function drawBar(
  context: CanvasRenderingContext2D,
  model: ColourBarModel,
  left: number,
  pictureHeight: number,
): void {
  context.font = `600 12px ${font}`
  context.textAlign = 'left'
  context.textBaseline = 'top'
  context.fillStyle = ink
  const title = wrap(context, model.title, barStripPx - marginPx)
  for (const [n, line] of title.entries()) {
    context.fillText(line, left, marginPx + n * lineHeightPx)
  }
  const wordSpace = model.signed ? lineHeightPx : 0
  const top = marginPx + title.length * lineHeightPx + wordSpace + 8
  const length = Math.max(60, Math.min(320, pictureHeight - top - wordSpace - 2 * marginPx))
  const x = left + 12
  const y = (share: number): number => top + (1 - share) * length
  context.font = `12px ${font}`
  if (model.signed) {
    context.fillStyle = fadedInk
    context.fillText(positiveWord(model), left, top - lineHeightPx - 6)
    context.fillText(negativeWord(model), left, top + length + 8)
  }
  const scale = context.createLinearGradient(0, top + length, 0, top)
  for (const { share, rgb, alpha } of barStops(model)) {
    scale.addColorStop(share, `rgb(${rgb.join(' ')} / ${alpha})`)
  }
  context.fillStyle = '#555'
  context.fillRect(x, top, 14, length)
  context.fillStyle = scale
  context.fillRect(x, top, 14, length)
  context.textBaseline = 'middle'
  context.fillStyle = ink
  for (const { share, label } of tickMarks(model)) {
    context.fillRect(x + 14, y(share) - 0.5, 4, 1)
    context.fillText(label, x + 22, y(share))
  }
  context.font = `700 12px ${font}`
  for (const { share, label } of thresholdMarks(model)) {
    context.fillRect(x, y(share) - 0.5, 18, 1)
    context.beginPath()
    context.moveTo(x - 2, y(share))
    context.lineTo(x - 9, y(share) - 4)
    context.lineTo(x - 9, y(share) + 4)
    context.fill()
    context.fillText(label, x + 22, y(share))
  }
}

function wrap(context: CanvasRenderingContext2D, text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && context.measureText(longer).width > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return line === '' ? lines : [...lines, line]
}
