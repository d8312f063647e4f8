import { expect, test } from 'vitest'
import { attributionMethods, findMethod } from './methods.ts'

test('the list is alphabetical, ids are unique, and every method says what it cannot tell', () => {
  const ids = attributionMethods.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort())
  for (const method of attributionMethods) {
    expect(method.limits.length).toBeGreaterThan(40)
    // What it is good at and where it fails each name a paper by its year.
    for (const text of [method.limits, method.strengths]) {
      expect(text, method.id).toMatch(/[A-Z][a-zö]+(?: et al\.| and [A-Z][a-zö]+)? 20\d\d/)
    }
    expect(method.citation.url).toMatch(/^https:\/\//)
    for (const option of Object.values(method.options)) expect(option.help).toMatch(/\.$/)
  }
})

test('an unknown method names its neighbours', () => {
  expect(() => findMethod('gradcam')).toThrow("did you mean 'grad-cam'?")
  expect(() => findMethod('xyzzy')).toThrow(
    "no attribution method 'xyzzy': methods are ablation-cam, attention-relevance,",
  )
})
