import { describe, expect, test } from 'vitest'
import { analytic, contextOf, type Formula, rowsOf, t } from '../testing/analytic-model.ts'
import { integratedGradients } from './integrated-gradients.ts'

/** y = sum of i x_i^3 + x_0 x_1 z_0, a function of two inputs. */
const cubic: Formula = {
  score: ([x, z]) => x!.reduce((sum, v, i) => sum + (i + 1) * v ** 3, 0) + x![0]! * x![1]! * z![0]!,
  slope: ([x, z]) => [
    Array.from(x!, (v, i) => 3 * (i + 1) * v * v + (i < 2 ? x![1 - i]! * z![0]! : 0)),
    [x![0]! * x![1]!],
  ],
}
const x = t([2, 3], 1, -2, 0.5, 0, 1, 2)
const z = t([2, 1], 3, -1)

describe('integrated gradients', () => {
  const run = (
    options: Parameters<typeof integratedGradients.attribute>[0]['options'],
    more = {},
  ) => integratedGradients.attribute(contextOf(analytic(cubic), [x, z], options, more))

  test('is exact on a cubic of two inputs with two Gauss-Legendre nodes', async () => {
    const { maps, scores, completenessGap } = await run({
      steps: 2,
      quadrature: 'gauss-legendre',
    })
    // Each pure cube keeps its own value, the product of three splits evenly.
    const third = (1 * -2 * 3) / 3
    expect([...maps[0]!.data]).toEqual(
      [1 + third, -16 + third, 0.375, 0, 2, 24].map((v) => expect.closeTo(v, 5)),
    )
    expect([...maps[1]!.data]).toEqual([expect.closeTo(third, 5), expect.closeTo(0, 6)])
    expect(scores).toEqual([1 - 16 + 0.375 - 6, 26])
    for (const gap of completenessGap!) expect(Math.abs(gap)).toBeLessThan(1e-5)
  })

  test('from another baseline, sum(map) = y(x) - y(baseline)', async () => {
    const baseline = [t([2, 3], 1, 1, 1, -1, 0, 2), t([2, 1], 0.5, 2)]
    const { maps, completenessGap } = await run(
      { steps: 10, quadrature: 'gauss-legendre' },
      { baseline },
    )
    const rise = rowsOf([x, z]).map(
      (row, i) => cubic.score(row) - cubic.score(rowsOf(baseline)[i]!),
    )
    const total = (row: number) =>
      maps[0]!.data.slice(3 * row, 3 * row + 3).reduce((a, b) => a + b, 0) + maps[1]!.data[row]!
    expect(total(0)).toBeCloseTo(rise[0]!, 4)
    expect(total(1)).toBeCloseTo(rise[1]!, 4)
    expect(Math.abs(completenessGap![0]!)).toBeLessThan(1e-4)
  })

  test('the gap of the left rule is the error of its integral', async () => {
    // Along x = a the gradient integral of a^3 by the left rule with 4 nodes is 3 a^3 (14 / 64).
    const cube: Formula = {
      score: ([v]) => v![0]! ** 3,
      slope: ([v]) => [[3 * v![0]! ** 2]],
    }
    const { maps, completenessGap } = await integratedGradients.attribute(
      contextOf(analytic(cube), [t([1, 1], 2)], { steps: 4, quadrature: 'riemann-left' }),
    )
    expect(maps[0]!.data[0]).toBeCloseTo((24 * 14) / 64, 5)
    expect(completenessGap![0]).toBeCloseTo((24 * 14) / 64 - 8, 5)
  })

  test('costs steps + 2 runs, tells its progress, and stops when cancelled', async () => {
    const model = analytic(cubic)
    const stages: string[] = []
    const options = { steps: 3, quadrature: 'riemann-middle' } as const
    await integratedGradients.attribute(
      contextOf(model, [x, z], options, {
        onProgress: ({ stage }: { stage: string }) => stages.push(stage),
      }),
    )
    expect(model.runs()).toBe(5)
    expect(integratedGradients.cost(options, [])).toEqual({ forwards: 2, gradients: 3 })
    expect(stages.slice(0, 3)).toEqual(['gradient 1 of 3', 'gradient 2 of 3', 'gradient 3 of 3'])
    let calls = 0
    const signal = {
      throwIfAborted() {
        if (++calls > 2) throw new Error('cancelled')
      },
    }
    const stopped = analytic(cubic)
    await expect(
      integratedGradients.attribute(contextOf(stopped, [x, z], options, { signal })),
    ).rejects.toThrow('cancelled')
    expect(stopped.runs()).toBe(2)
  })
})
