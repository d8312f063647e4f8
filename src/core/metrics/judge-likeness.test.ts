import { expect, test } from 'vitest'
import { judgeLikeness } from './judge-likeness.ts'

test('a map follows the weights below a correlation of one half, the image above', () => {
  expect(judgeLikeness({ low: -0.1, high: 0.49 })).toBe('follows the weights')
  expect(judgeLikeness({ low: 0.51, high: 0.9 })).toBe('follows the image')
  expect(judgeLikeness({ low: 0.4, high: 0.6 })).toBe('unclear')
  expect(judgeLikeness({ low: 0.5, high: 0.5 })).toBe('unclear')
})
