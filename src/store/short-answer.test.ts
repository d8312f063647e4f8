import { expect, test } from 'vitest'
import { shortAnswer } from './short-answer.ts'

test('an answer up to its first colon or full stop', () => {
  expect(shortAnswer('It can only know it from the nodule: slices come in pairs. So.')).toBe(
    'It can only know it from the nodule.',
  )
  expect(shortAnswer('Nothing. Its weights are random: so.')).toBe('Nothing.')
  expect(shortAnswer('By 0.5 of the mass at 12:30')).toBe('By 0.5 of the mass at 12:30.')
  expect(shortAnswer('Whole.')).toBe('Whole.')
  expect(shortAnswer('')).toBe('')
})
