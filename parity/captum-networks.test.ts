/** @file The gradient family against captum in float64, on small networks of seventeen architectures. */

import { expect, it } from 'vitest'
import { checkCaptumCases } from './check-captum-cases.ts'

const cases = checkCaptumCases('networks')

it('has its fixtures', () => {
  expect(cases.length).toBeGreaterThan(120)
  expect(new Set(cases.map(({ network }) => network)).size).toBeGreaterThan(15)
})
