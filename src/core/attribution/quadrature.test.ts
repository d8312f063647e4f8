import { expect, test } from 'vitest'
import { quadratureNodes, quadratures } from './quadrature.ts'

const counts = [1, 2, 3, 5, 10, 25, 50, 51, 200, 1000]

test.each(quadratures)('%s: weights sum to 1, positions ascend inside [0, 1]', (rule) => {
  for (const count of counts) {
    const nodes = quadratureNodes(rule, count)
    expect(nodes).toHaveLength(count)
    expect(nodes.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 13)
    for (const [i, { position, weight }] of nodes.entries()) {
      expect(position).toBeGreaterThanOrEqual(0)
      expect(position).toBeLessThanOrEqual(1)
      expect(weight).toBeGreaterThan(0)
      if (i > 0) expect(position).toBeGreaterThan(nodes[i - 1]!.position)
    }
  }
})

test('Gauss-Legendre integrates x^p over [0, 1] exactly up to p = 2n - 1', () => {
  for (const count of [1, 2, 3, 4, 7, 12, 20]) {
    const nodes = quadratureNodes('gauss-legendre', count)
    for (let power = 0; power < 2 * count; power++) {
      const integral = nodes.reduce((sum, n) => sum + n.weight * n.position ** power, 0)
      expect(integral).toBeCloseTo(1 / (power + 1), 13)
    }
    const beyond = nodes.reduce((sum, n) => sum + n.weight * n.position ** (2 * count), 0)
    if (count < 7) expect(Math.abs(beyond - 1 / (2 * count + 1))).toBeGreaterThan(1e-10)
  }
})

test('Gauss-Legendre with 3 nodes, as tabulated', () => {
  const half = Math.sqrt(3 / 5) / 2
  const expected = [
    [0.5 - half, 5 / 18],
    [0.5, 8 / 18],
    [0.5 + half, 5 / 18],
  ]
  for (const [i, { position, weight }] of quadratureNodes('gauss-legendre', 3).entries()) {
    expect(position).toBeCloseTo(expected[i]![0]!, 15)
    expect(weight).toBeCloseTo(expected[i]![1]!, 15)
  }
})

test('the Riemann rules by hand', () => {
  const of = (rule: (typeof quadratures)[number]) =>
    quadratureNodes(rule, 4).map(({ position, weight }) => [position, weight])
  expect(of('riemann-left').map(([p]) => p)).toEqual([0, 0.25, 0.5, 0.75])
  expect(of('riemann-right').map(([p]) => p)).toEqual([0.25, 0.5, 0.75, 1])
  expect(of('riemann-middle').map(([p]) => p)).toEqual([0.125, 0.375, 0.625, 0.875])
  expect(of('riemann-trapezoid')).toEqual([
    [0, expect.closeTo(1 / 6, 15)],
    [expect.closeTo(1 / 3, 15), expect.closeTo(1 / 3, 15)],
    [expect.closeTo(2 / 3, 15), expect.closeTo(1 / 3, 15)],
    [1, expect.closeTo(1 / 6, 15)],
  ])
})
