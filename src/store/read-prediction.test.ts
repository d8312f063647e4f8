import { expect, test } from 'vitest'
import { parseModelCard } from '../core/volume/model-card.ts'
import type { Prediction } from '../rpc/attribution-api.ts'
import { readPrediction } from './read-prediction.ts'
import { labelOfTarget, targetGroups } from './target-choices.ts'

function prediction(dims: readonly number[], values: readonly number[]): Prediction {
  return {
    outputs: [{ name: 'y', dims, data: Float32Array.from(values) }],
    elapsedMs: 1,
    peakBytes: 1,
    provider: { id: 'native', threads: 1, label: 'native', reason: '' },
  }
}
const card = (fields: object) => parseModelCard(fields)

test('logits become probabilities that add up to 1, however large they are', () => {
  const reading = readPrediction(
    prediction([1, 3], [1000, 999, -1000]),
    card({ classNames: ['a', 'b'] }),
  )
  if (reading?.kind !== 'classes') throw new Error('no classes')
  expect(reading.top).toBe(0)
  expect(reading.classes.map(({ name }) => name)).toEqual(['a', 'b', 'class 2'])
  expect(reading.classes[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 6)
  expect(reading.classes[2]!.probability).toBe(0)
})

test('a single logit is a sigmoid; probabilities are taken as they are', () => {
  const one = readPrediction(prediction([1, 1], [2]), card({}))
  expect(one?.kind === 'classes' && one.classes[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(-2)))
  const two = readPrediction(prediction([1, 2], [0.25, 0.75]), card({ output: 'probabilities' }))
  expect(two?.kind === 'classes' && two.classes[1]!.probability).toBe(0.75)
})

test('a regression keeps its value and unit; a scalar per row counts as one value', () => {
  const reading = readPrediction(
    prediction([1], [71.5]),
    card({ output: 'regression', unit: 'years' }),
  )
  expect(reading).toEqual({
    kind: 'regression',
    values: [{ name: '', value: 71.5 }],
    unit: 'years',
  })
})

test('a segmentation counts where each class wins; one class is a threshold', () => {
  const scores = [1, 1, 0, 0, /* class 1 */ 0, 2, 3, -1]
  const two = readPrediction(prediction([1, 2, 2, 2, 1], scores), card({ output: 'segmentation' }))
  expect(two?.kind === 'segmentation' && two.regions.map((one) => one.positions)).toEqual([2, 2])
  const one = readPrediction(
    prediction([1, 1, 4], [-1, 0.2, 3, 0]),
    card({ output: 'segmentation' }),
  )
  expect(one?.kind === 'segmentation' && one.regions.map(({ positions }) => positions)).toEqual([2])
  expect(readPrediction({ ...prediction([], []), outputs: [] }, card({}))).toBeNull()
})

test('targets are offered in words and in the grammar', () => {
  const reading = readPrediction(prediction([1, 2], [0, 1]), card({ classNames: ['CN', 'AD'] }))!
  const groups = targetGroups({ reading, others: [], hasTruth: false, logits: null })
  expect(labelOfTarget('argmax', groups)).toBe('predicted class (AD)')
  expect(labelOfTarget('1-0', groups)).toBe('AD minus CN')
  expect(labelOfTarget('y:sum', groups)).toBe('y:sum')
  const regions = readPrediction(
    prediction([1, 2, 2, 2], [1, 1, 1, 1, 0, 0, 0, 0]),
    card({ output: 'segmentation' }),
  )!
  const specs = (hasTruth: boolean) =>
    targetGroups({ reading: regions, others: [], hasTruth, logits: null }).flatMap(({ choices }) =>
      choices.map(({ spec }) => spec),
    )
  expect(specs(false)).toEqual([
    ...['argmax', '0@predicted', '0@crosshair', '1@crosshair', '0', '1'],
    'probability(0)@predicted',
  ])
  expect(specs(true)).toContain('1@mask')
})
