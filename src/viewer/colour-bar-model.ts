/** @file What a colour bar shows, apart from how it is drawn: the page and the PNG draw the same. */

import { findColormap, fittingColormap, palettePosition } from './colormaps.ts'
import type { Rgb } from './oklch.ts'
import { opacityOf } from './opacity-rule.ts'
import { shortNumber } from './short-number.ts'
import type { ColourBarModel } from './viewer-types.ts'

/** A place on the bar: 0 at the bottom, 1 at the top. */
export interface BarMark {
  readonly share: number
  readonly label: string
}

export interface BarStop {
  readonly share: number
  readonly rgb: Rgb
  /** How much of the full opacity is left by the fading rule, 0 to 1. */
  readonly alpha: number
}

/** Marks nearer than this would print over each other. */
const leastGap = 0.09

export function positiveWord(model: ColourBarModel): string {
  return model.positiveWord ?? 'supports'
}

export function negativeWord(model: ColourBarModel): string {
  return model.negativeWord ?? 'opposes'
}

/** Where the threshold stands: twice on a signed bar, nowhere when it hides or fades nothing. */
export function thresholdMarks(model: ColourBarModel): readonly BarMark[] {
  const { threshold, limit, signed } = model
  if (!(threshold > 0) || threshold > limit) return []
  const upper = mark(model, threshold)
  if (!signed) return [upper]
  const lower = mark(model, -threshold)
  if (upper.share - lower.share >= leastGap) return [lower, upper]
  return [
    { ...lower, label: '' },
    { ...upper, label: `±${upper.label}` },
  ]
}

/** Ends, zero and the middles between, without those a threshold mark would cover. */
export function tickMarks(model: ColourBarModel): readonly BarMark[] {
  const { limit, signed } = model
  const values = signed ? [-limit, -limit / 2, 0, limit / 2, limit] : [0, limit / 2, limit]
  const taken = thresholdMarks(model).map(({ share }) => share)
  return values
    .map((value) => mark(model, value))
    .filter(({ share }) => taken.every((other) => Math.abs(other - share) >= leastGap))
}

/** Colours from bottom to top, with a step where hidden values begin. */
export function barStops(model: ColourBarModel): readonly BarStop[] {
  const { limit, signed } = model
  const { at } = findColormap(fittingColormap(model.colormap, signed))
  const shares = Array.from({ length: 65 }, (_, n) => n / 64)
  for (const { share } of thresholdMarks(model)) shares.push(share - 1e-4, share + 1e-4)
  return shares
    .filter((share) => share >= 0 && share <= 1)
    .sort((a, b) => a - b)
    .map((share) => {
      const value = signed ? (2 * share - 1) * limit : share * limit
      return { share, rgb: at(share), alpha: opacityOf(value, { ...model, opacity: 1 }) }
    })
}

/** For those who do not see it. */
export function describeColourBar(model: ColourBarModel): string {
  const { limit, signed, threshold } = model
  const ends = signed
    ? `from ${shortNumber(-limit)} (${negativeWord(model)}) over 0 to ${shortNumber(limit)} (${positiveWord(model)})`
    : `from 0 to ${shortNumber(limit)}`
  const below = model.fade ? 'fade out' : 'are hidden'
  const rule = threshold > 0 ? `; values below ${shortNumber(threshold)} ${below}` : ''
  return `Colour bar, ${model.title}: ${ends}${rule}.`
}

function mark({ limit, signed }: ColourBarModel, value: number): BarMark {
  return { share: palettePosition(value, limit, signed), label: shortNumber(value) }
}
