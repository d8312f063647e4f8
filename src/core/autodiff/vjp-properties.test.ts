/**
 * @file Every rule against finite differences, in the forms of two providers: several cases with generated
 * sizes and attributes for each of one to three spatial axes, with one row and with three.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Stratum, strataOf, stratumOf } from '../testing/rule-cases/rule-case.ts'
import { ruleCases } from '../testing/rule-cases/rule-cases.ts'
import { ruleErrors } from '../testing/rule-error.ts'
import { tinyModel } from '../testing/tiny-models.ts'
import { vjpRules } from './vjp-rules.ts'

/** In parts of the gradient. */
const TOLERANCE = 1e-3
const FORMS = ['native', 'webgpu'] as const

test('every rule has a property, and every property a rule', () => {
  const rules = vjpRules.filter(({ domain }) => domain === '').map(({ op }) => op)
  expect(Object.keys(ruleCases).sort()).toEqual([...new Set(rules)].sort())
})

test.each(Object.entries(ruleCases))(
  '%s is the derivative',
  async (_, rule) => {
    const seen = new Set<string>()
    const name = ({ batch, rank }: Stratum) => `${batch} x ${rank}-D`
    for (const [i, stratum] of strataOf(rule).entries()) {
      const property = fc.asyncProperty(rule.cases(stratum), async (drawn) => {
        seen.add(name(stratumOf(drawn)))
        const errors = await ruleErrors(tinyModel(drawn.model), drawn.check ?? {}, FORMS)
        expect(Math.max(...errors)).toBeLessThan(TOLERANCE)
      })
      await fc.assert(property, { numRuns: rule.draws, seed: 7 + i, unbiased: true })
    }
    expect([...seen].sort()).toEqual(strataOf(rule).map(name).sort())
  },
  300_000,
)
