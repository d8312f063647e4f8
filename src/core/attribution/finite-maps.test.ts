import { expect, test } from 'vitest'
import type { Tensor } from '../tensor/tensor.ts'
import { describeNonFinite, describeNonFiniteOutputs, finiteMaps } from './finite-maps.ts'
import { findMethod } from './methods.ts'

const tensor = (...values: number[]): Tensor => ({
  dims: [1, values.length],
  data: Float32Array.from(values),
})

test('what is not finite becomes 0 and is counted, the rest is untouched', () => {
  const good = tensor(1, -2, 0)
  const given = [tensor(Number.NaN, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), good]
  const { maps, nonFinite } = finiteMaps(given)
  expect(nonFinite).toEqual([3, 0])
  expect([...maps[0]!.data]).toEqual([0, 2, 0, 0])
  expect(maps[0]!.dims).toEqual([1, 4])
  expect(maps[1]).toBe(good)
  expect(given[0]!.data[0]).toBeNaN()
})

test.each([
  [
    'gradient',
    [1, Number.NaN, 2],
    [3],
    /^1 of 3 values of the Gradient map is not a finite number .* counts as 0: on the way back .* such as occlusion\.$/,
  ],
  [
    'grad-cam',
    [Number.NaN, Number.NaN],
    [3],
    /^All 2 values of the Grad-CAM map are not finite numbers .* count as 0: .* without gradients/,
  ],
  [
    'occlusion',
    [Number.NaN, Number.NaN, 1],
    [3],
    /^2 of 3 .* the method tries .* another baseline/,
  ],
  ['score-cam', [Number.NaN, Number.NaN, 1], [3], /^2 of 3 .* the method tries .* of the input\.$/],
  ['gradient', [Number.NaN, 1], [Number.NaN], /^1 of 2 .* the score that is explained is none/],
])('%s of %j, score %j: one sentence', (id, values, scores, sentence) => {
  const said = describeNonFinite(findMethod(id), { ...finiteMaps([tensor(...values)]), scores })
  expect(said).toMatch(sentence)
})

test('nothing is said about finite maps and outputs', () => {
  const finite = finiteMaps([tensor(1, 2)])
  expect(describeNonFinite(findMethod('gradient'), { ...finite, scores: [1] })).toBeNull()
  expect(describeNonFiniteOutputs([{ name: 'y', data: Float32Array.of(1, -1e38) }])).toBeNull()
})

test('of several outputs the first broken one is named', () => {
  const y = Float32Array.of(1, 2)
  const z = Float32Array.of(Number.NaN, 2, Number.POSITIVE_INFINITY)
  expect(
    describeNonFiniteOutputs([
      { name: 'y', data: y },
      { name: 'z', data: z },
    ]),
  ).toMatch(/^2 of 3 values of the output 'z' are NaN or infinite: /)
})
