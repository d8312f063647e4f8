import { describe, expect, it } from 'vitest'
import { findColormap } from './colormaps.ts'
import { barStops, describeColourBar, thresholdMarks, tickMarks } from './colour-bar-model.ts'
import { shortMm, shortNumber } from './short-number.ts'
import type { ColourBarModel } from './viewer-types.ts'

const signed: ColourBarModel = {
  colormap: 'warm-cool',
  signed: true,
  limit: 0.0124,
  threshold: 0.0031,
  fade: true,
  fadePower: 2,
  opacity: 0.5,
  title: 'IG-50',
}
const unsigned: ColourBarModel = {
  ...signed,
  colormap: 'inferno',
  signed: false,
  limit: 1,
  threshold: 0.2,
}

describe('colour bar', () => {
  it('has its threshold on both sides of a signed bar', () => {
    expect(thresholdMarks(signed)).toEqual([
      { share: 0.375, label: '−0.0031' },
      { share: 0.625, label: '0.0031' },
    ])
    const small = thresholdMarks({ ...signed, threshold: 0.0002 })
    expect(small.map(({ label }) => label)).toEqual(['', '±2e−4'])
    expect(thresholdMarks(unsigned)).toEqual([{ share: 0.2, label: '0.2' }])
  })

  it('has none where it lies beyond the limit or hides nothing', () => {
    expect(thresholdMarks({ ...unsigned, threshold: 2 })).toEqual([])
    expect(thresholdMarks({ ...unsigned, threshold: 0 })).toEqual([])
  })

  it('ticks ends, zero and middles, with at most three digits', () => {
    expect(tickMarks(signed).map(({ label }) => label)).toEqual([
      '−0.0124',
      '−0.0062',
      '0',
      '0.0062',
      '0.0124',
    ])
  })

  it('leaves out ticks that a threshold would print over', () => {
    expect(tickMarks({ ...unsigned, threshold: 0.52 }).map(({ label }) => label)).toEqual([
      '0',
      '1',
    ])
  })

  it('fades with the rule of the picture and not with its opacity', () => {
    const stops = barStops({ ...unsigned, threshold: 0.5 })
    const alphaAt = (share: number) => stops.find((stop) => stop.share === share)?.alpha
    expect(alphaAt(0)).toBe(0)
    expect(alphaAt(0.25)).toBeCloseTo(0.25, 12)
    expect(alphaAt(0.75)).toBe(1)
  })

  it('steps where hidden values begin, and takes its colours from the palette', () => {
    const stops = barStops({ ...unsigned, fade: false })
    const edge = stops.findIndex(({ alpha }) => alpha === 1)
    expect(stops[edge - 1]?.alpha).toBe(0)
    expect(stops[edge]!.share - stops[edge - 1]!.share).toBeLessThan(1e-3)
    for (const { share, rgb } of stops) expect(rgb).toEqual(findColormap('inferno').at(share))
  })

  it('reads itself aloud', () => {
    expect(describeColourBar(signed)).toBe(
      'Colour bar, IG-50: from −0.0124 (opposes) over 0 to 0.0124 (supports); values below 0.0031 fade out.',
    )
    expect(describeColourBar({ ...unsigned, fade: false })).toBe(
      'Colour bar, IG-50: from 0 to 1; values below 0.2 are hidden.',
    )
  })
})

describe('numbers', () => {
  it('are short and have a true minus sign', () => {
    expect([0, -0.012345, 1234.5, 0.00001234, 123456].map(shortNumber)).toEqual([
      '0',
      '−0.0123',
      '1235',
      '1.23e−5',
      '1.23e5',
    ])
    expect(shortMm(-0.01)).toBe('0.0 mm')
  })
})
