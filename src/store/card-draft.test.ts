import { expect, test } from 'vitest'
import { parseModelCard } from '../core/volume/model-card.ts'
import { draftOf, readDraft } from './card-draft.ts'

test.each([
  {},
  { layout: 'NCKJI', orientation: 'LPS', shape: [96, 112, 96], spacing: [2, 2, 2] },
  { shape: [64, null, 64], spacing: 1.5, centre: [0, -17, 7.5], fit: 'pad' },
  { intensity: { kind: 'percentile-clip', low: 0.5, high: 99.5, to: [-1, 1], scope: 'brain' } },
  { intensity: { kind: 'mean-std', mean: 0.4, std: 2 }, classNames: ['CN', 'AD'] },
  { intensity: { kind: 'window', low: -100, high: 300 }, output: 'regression', unit: 'years' },
  { intensity: ['min-max', 'z-score'], channels: ['T1', 'FLAIR'], brainAbove: 0.01 },
])('a form that nobody touched is the card it came from: %j', (fields) => {
  const card = parseModelCard(fields)
  expect(readDraft(draftOf(card), card)).toEqual(card)
})

test('what is typed is checked, and the sentence names the field', () => {
  const card = parseModelCard({})
  const draft = draftOf(card)
  expect(readDraft({ ...draft, shape: '96', orientation: 'las ' }, card)).toMatchObject({
    shape: [96, 96, 96],
    orientation: 'LAS',
  })
  expect(() => readDraft({ ...draft, spacing: 'two' }, card)).toThrow(
    "Spacing must be one number, not 'two'",
  )
  expect(() => readDraft({ ...draft, orientation: 'RAX' }, card)).toThrow(/orientation must be/)
  expect(() => readDraft({ ...draft, intensity: 'mean-std', meanStd: '0, 0' }, card)).toThrow(/std/)
})
