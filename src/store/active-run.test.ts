import { expect, test } from 'vitest'
import { limitOf, type ShownRun, thresholdOf } from './active-run.ts'
import { defaultDisplay } from './display-slice.ts'

/** A map of 1 to 10 000, sorted as the worker does: its value at percentile p is nearly 100 p. */
function shownAt(percentile: number, scale: 'largest' | 'robust' = 'robust'): ShownRun {
  const values = Float32Array.from({ length: 10_000 }, (_, at) => 10_000 - at)
  return {
    run: { display: { ...defaultDisplay(false), percentile, scale } },
    result: { min: 0, max: 10_000 },
    measurement: { table: { values, hits: null, truthVoxels: 0 } },
  } as unknown as ShownRun
}

test.each([
  [0, 9990],
  [95, 9990],
  [99, 9990],
  [99.5, 9995],
  [99.9, 9999],
])('with a threshold at %d %% the colours reach to %d', (percentile, limit) => {
  const shown = shownAt(percentile)
  expect(limitOf(shown)).toBeCloseTo(limit, -0.5)
  expect(limitOf(shown)).toBeGreaterThan(thresholdOf(shown))
})

test('colours reach to the largest value where that is asked for, or nothing else is left', () => {
  expect(limitOf(shownAt(99, 'largest'))).toBe(10_000)
  expect(limitOf(shownAt(100))).toBe(10_000)
})
