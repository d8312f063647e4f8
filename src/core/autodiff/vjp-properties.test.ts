/** @file Every rule against finite differences, on generated shapes and attributes, in the forms of two providers. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gradientError } from '../testing/check-gradient.ts'
import { ruleCases } from '../testing/rule-cases/rule-cases.ts'
import { tinyModel } from '../testing/tiny-models.ts'
import { vjpRules } from './vjp-rules.ts'

/** Of the size of the gradient: what central differences of float32 sums can resolve. */
const TOLERANCE = 5e-3
const RUNS = 4

test('every rule has a property, and every property a rule', () => {
  const rules = vjpRules.filter(({ domain }) => domain === '').map(({ op }) => op)
  expect(Object.keys(ruleCases).sort()).toEqual([...new Set(rules)].sort())
})

describe.each(['native', 'webgpu'] as const)('in the forms for %s', (provider) => {
  test.each(Object.keys(ruleCases))('%s is the derivative', async (op) => {
    const property = fc.asyncProperty(ruleCases[op]!, async ({ model, check = {} }) => {
      const error = await gradientError(tinyModel(model), { ...check, provider })
      expect(error).toBeLessThan(TOLERANCE)
    })
    await fc.assert(property, { numRuns: RUNS, seed: 7 })
  })
})
