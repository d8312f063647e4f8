import { expect, test } from 'vitest'
import { fisherInterval, permutationP, spearman } from './rank-agreement.ts'

test('exact p of small tables, as printed in statistics books', () => {
  // Three: two of six orders agree fully, with or against.
  expect(permutationP([1, 2, 3], [10, 20, 30])).toBeCloseTo(1 / 3, 12)
  // Five: rho = 1 has 2 of 120 orders, rho = .9 has 10.
  expect(permutationP([1, 2, 3, 4, 5], [5, 4, 3, 2, 1])).toBeCloseTo(2 / 120, 12)
  expect(spearman([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])).toBeCloseTo(0.9, 6)
  expect(permutationP([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])).toBeCloseTo(10 / 120, 12)
  // Nine: the critical value of the two-sided test at .05 is .700.
  const a = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const b = [3, 1, 4, 2, 6, 9, 5, 8, 7]
  expect(spearman(a, b)).toBeGreaterThan(0.7)
  expect(permutationP(a, b)).toBeLessThan(0.05)
  const c = [3, 1, 5, 2, 9, 8, 4, 7, 6]
  expect(spearman(a, c)).toBeLessThan(0.68)
  expect(permutationP(a, c)).toBeGreaterThan(0.05)
})

test('ties share their rank; a constant has no correlation and no p', () => {
  // Of the 24 orders of four with one tie two are the same; none is its reverse.
  expect(permutationP([1, 2, 3, 3], [1, 2, 3, 3])).toBeCloseTo(2 / 24, 12)
  expect(permutationP([1, 1, 1], [1, 2, 3])).toBeNull()
})

test('more than nine are drawn, seeded', () => {
  const a = Array.from({ length: 11 }, (_, n) => n)
  expect(permutationP(a, a)).toBeLessThan(1e-4)
  const b = [3, 7, 1, 10, 0, 5, 9, 2, 8, 4, 6]
  expect(permutationP(a, b)).toBe(permutationP(a, b))
})

test("Fisher's interval by hand", () => {
  // atanh(.5) = .549306; 1.959964 sqrt(1.06 / 9) = .672638.
  const [low, high] = fisherInterval(0.5, 12)!
  expect(low).toBeCloseTo(Math.tanh(0.549306 - 0.672638), 5)
  expect(high).toBeCloseTo(Math.tanh(0.549306 + 0.672638), 5)
  expect(fisherInterval(1, 9)![1]).toBeCloseTo(1, 6)
  expect(fisherInterval(0.5, 4)).toBeNull()
})
