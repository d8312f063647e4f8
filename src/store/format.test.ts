import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatMm,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatSigned,
  formatSpacing,
} from './format.ts'

describe('numbers have at most three significant digits', () => {
  test.each([
    [0, '0'],
    [1, '1'],
    [0.41234, '0.412'],
    [0.5, '0.5'],
    [0.0123456, '0.0123'],
    [-0.0123456, '−0.0123'],
    [12.345, '12.3'],
    [1234.5, '1235'],
    [0.00012345, '1.23e−4'],
    [0.0001, '1e−4'],
    [12345678, '1.23e7'],
    [Number.NaN, '—'],
    [Number.POSITIVE_INFINITY, '—'],
  ])('%d', (value, text) => expect(formatNumber(value)).toBe(text))

  test('a sign where it is asked for', () => {
    expect([0.012, -3, 0].map((value) => formatSigned(value))).toEqual(['+0.012', '−3', '0'])
  })
})

test('units', () => {
  expect([0.412, 0.00834, 1, 0].map(formatPercent)).toEqual(['41 %', '0.83 %', '100 %', '0 %'])
  expect([12, 3120, 59_400, 125_000].map(formatSeconds)).toEqual([
    '0.1 s',
    '3.1 s',
    '59 s',
    '2 min 5 s',
  ])
  expect([512, 287_000, 3.4e9].map(formatBytes)).toEqual(['512 B', '287 kB', '3.4 GB'])
  expect([512, 1966, 71_234, 412_000_000].map(formatCount)).toEqual([
    '512',
    '1966',
    '71 k',
    '412 M',
  ])
  expect([-24, -0.04, 1.26].map(formatMm)).toEqual(['−24.0', '0.0', '1.3'])
  expect(formatSpacing([2, 2, 2])).toBe('2 mm')
  expect(formatSpacing([1, 1, 2.5])).toBe('1 × 1 × 2.5 mm')
})
