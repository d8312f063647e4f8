import { describe, expect, test } from 'vitest'
import { parseIntensity } from './card-intensity.ts'
import { normalise } from './normalise.ts'

function run(values: readonly number[], intensity: unknown, brainAbove = 0) {
  const data = Float32Array.from(values)
  const steps = normalise(data, parseIntensity(intensity, 'intensity'), brainAbove)
  return { values: [...data], steps }
}

describe('intensity steps, by hand', () => {
  test('z-score divides by the deviation of the population', () => {
    // Mean 5, variance (9 + 1 + 1 + 1 + 0 + 0 + 4 + 16) / 8 = 4.
    const { values, steps } = run([2, 4, 4, 4, 5, 5, 7, 9], 'z-score')
    expect(values).toEqual([-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2])
    expect(steps).toEqual(['z-score everywhere: mean 5, standard deviation 2.'])
  })

  test('inside the brain: numbers from there, 0 elsewhere', () => {
    const scored = run([-50, 0, 10, 30], { kind: 'z-score', scope: 'brain' })
    expect(scored.values).toEqual([0, 0, -1, 1])
    expect(scored.steps).toEqual(['z-score inside the brain: mean 20, standard deviation 10.'])
    expect(run([10, 20, 30, 40], { kind: 'z-score', scope: 'brain' }, 20).values).toEqual([
      0, 0, -1, 1,
    ])
  })

  test('a later step still means the voxels that were brain before the first', () => {
    // After the clip the darkest brain voxel is 0, but it is still brain: mean 0.5, deviation 0.5.
    const { values } = run(
      [0, 10, 20],
      [
        { kind: 'percentile-clip', low: 0, high: 100, scope: 'brain' },
        { kind: 'z-score', scope: 'brain' },
      ],
    )
    expect(values).toEqual([0, -1, 1])
  })

  test('percentiles are interpolated, then clipped and brought to the range', () => {
    // Of 0, 10, ..., 100: 5 % is 5, 95 % is 95.
    const { values, steps } = run([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], {
      kind: 'percentile-clip',
      low: 5,
      high: 95,
      to: [-1, 1],
    })
    expect(values[0]).toBe(-1)
    expect(values[5]).toBeCloseTo(0, 6)
    expect(values[9]).toBeCloseTo((2 * 85) / 90 - 1, 6)
    expect(values[10]).toBe(1)
    expect(steps).toEqual(['Percentiles 5 and 95 everywhere: clipped to [5, 95], then to [-1, 1].'])
  })

  test('window, fixed numbers, none', () => {
    expect(run([-200, -100, 20, 500], { kind: 'window', low: -100, high: 140 }).values).toEqual([
      0, 0, 0.5, 1,
    ])
    expect(run([1, 3], { kind: 'mean-std', mean: 1, std: 4 }).values).toEqual([0, 0.5])
    expect(run([1, 3], 'none')).toEqual({ values: [1, 3], steps: [] })
  })

  test('no brain at all is said', () => {
    expect(run([1, 2], { kind: 'z-score', scope: 'brain' }, 100)).toEqual({
      values: [0, 0],
      steps: ['No voxel counts as brain, so z-score left only zeros.'],
    })
  })
})
