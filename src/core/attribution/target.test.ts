import { expect, test } from 'vitest'
import type { Tensor } from '../tensor/tensor.ts'
import { resolveTarget, type TargetRequest } from './target.ts'

const t = (dims: readonly number[], ...values: number[]): Tensor => ({
  dims,
  data: Float32Array.from(values),
})

const logits = { name: 'logits', tensor: t([2, 3], 1, 5, 2, 7, 0, 3) }
const age = { name: 'age', tensor: t([2, 1], 61, 58) }
// Two classes and background on four positions: winners 0 1 1 2.
const segmentation = {
  name: 'mask',
  tensor: t([1, 3, 2, 2], 9, 0, 0, 0, 1, 5, 4, 0, 0, 1, 1, 6),
}

async function explain(spec: string, more: Partial<TargetRequest> = {}) {
  const target = await resolveTarget({ spec, outputs: [logits], ...more })
  return { ...target, weights: [...target.weights.data] }
}

test('a vector: the default is the highest class of every row, and says so', async () => {
  for (const spec of ['', 'argmax']) {
    expect(await explain(spec, { classNames: ['CN', 'AD'] })).toEqual({
      value: 'logits',
      weights: [0, 1, 0, 1, 0, 0],
      spec: '1;0',
      label: 'AD; CN',
    })
  }
})

test('a class, a difference, a sum, one target per row', async () => {
  expect(await explain('2')).toMatchObject({ weights: [0, 0, 1, 0, 0, 1], spec: '2' })
  expect(await explain('1-0', { classNames: ['CN', 'AD', 'MCI'] })).toMatchObject({
    weights: [-1, 1, 0, -1, 1, 0],
    spec: '1-0',
    label: 'AD minus CN',
  })
  expect(await explain('1-1')).toMatchObject({ weights: [0, 0, 0, 0, 0, 0] })
  expect(await explain('sum')).toMatchObject({ weights: [1, 1, 1, 1, 1, 1], spec: 'sum' })
  expect(await explain('2;0-1')).toMatchObject({ weights: [0, 0, 1, 1, -1, 0], spec: '2;0-1' })
})

test('a scalar per row is itself', async () => {
  expect(await explain('', { outputs: [age], classNames: ['age'] })).toMatchObject({
    weights: [1, 1],
    spec: '0',
    label: 'age',
  })
  const flat = { name: 'y', tensor: t([3], 1, 2, 3) }
  expect(await explain('', { outputs: [flat] })).toMatchObject({ weights: [1, 1, 1], spec: 'sum' })
  expect(await explain('0', { outputs: [flat] })).toMatchObject({ weights: [1, 1, 1] })
  const scalar = { name: 'y', tensor: t([], 4) }
  expect(await explain('', { outputs: [scalar] })).toMatchObject({ weights: [1] })
})

test('named outputs and internal values', async () => {
  const outputs = [logits, age]
  expect(await explain('age:', { outputs })).toMatchObject({ value: 'age', spec: 'age:0' })
  expect(await explain('age', { outputs })).toMatchObject({ value: 'age', spec: 'age:0' })
  expect(await explain('logits:2', { outputs })).toMatchObject({ spec: '2' })
  const readValue = async () => t([2, 2, 1], 1, 2, 3, 4)
  expect(await explain('/conv/out:0:1', { readValue })).toMatchObject({
    value: '/conv/out:0',
    weights: [0, 1, 0, 1],
    spec: '/conv/out:0:1',
    label: '/conv/out:0: class 1',
  })
  const colon = { name: 'Identity:0', tensor: logits.tensor }
  expect(await explain('Identity:0', { outputs: [colon] })).toMatchObject({ spec: '1;0' })
  expect(await explain('Identity:0:2', { outputs: [colon] })).toMatchObject({ spec: '2' })
})

test('a probability of a class, a difference, an element, and of its output by name', async () => {
  expect(await explain('probability(2)', { classNames: ['CN', 'AD', 'MCI'] })).toMatchObject({
    value: 'saliscope.probability(logits)',
    weights: [0, 0, 1, 0, 0, 1],
    spec: 'probability(2)',
    label: 'probability of MCI',
  })
  expect(await explain('age:probability(0)', { outputs: [logits, age] })).toMatchObject({
    value: 'saliscope.probability(age)',
    spec: 'age:probability(0)',
  })
  const region = await explain('probability(1)@predicted', { outputs: [segmentation] })
  expect(region).toMatchObject({ spec: 'probability(1)@predicted' })
  expect(region.weights).toEqual(
    (await explain('1@predicted', { outputs: [segmentation] })).weights,
  )
  const classNames = ['CN', 'AD', 'MCI']
  expect(await explain('probability(1)-probability(0)', { classNames })).toMatchObject({
    value: 'saliscope.probability(logits)',
    weights: [-1, 1, 0, -1, 1, 0],
    spec: 'probability(1)-probability(0)',
    label: 'probability of AD minus probability of CN',
  })
  const at = await explain('probability(2,1,0)', { outputs: [segmentation], classNames })
  expect(at).toMatchObject({
    value: 'saliscope.probability(mask)',
    spec: 'probability(2,1,0)',
    label: 'probability of MCI at 1, 0',
  })
  expect(at.weights).toEqual((await explain('2,1,0', { outputs: [segmentation] })).weights)
  const both = await explain('probability(2)-probability(1)@predicted', {
    outputs: [segmentation],
  })
  expect(both.spec).toBe('probability(2)-probability(1)@predicted')
  expect(both.weights).toEqual(
    (await explain('2-1@predicted', { outputs: [segmentation] })).weights,
  )
  // An output that holds probabilities is explained as it is.
  const holdsProbabilities = () => true
  expect(await explain('probability(2)-probability(1)', { holdsProbabilities })).toMatchObject({
    value: 'logits',
    spec: '2-1',
  })
  expect(await explain('probability(2)', { holdsProbabilities })).toMatchObject({
    value: 'logits',
    spec: '2',
  })
})

test('segmentation: channel, regions, element', async () => {
  const outputs = [segmentation]
  const ones = (...at: number[]) => Array.from({ length: 12 }, (_, i) => (at.includes(i) ? 1 : 0))
  expect((await explain('1', { outputs })).weights).toEqual(ones(4, 5, 6, 7))
  expect(await explain('', { outputs, classNames: ['none', 'lesion'] })).toMatchObject({
    weights: ones(5, 6),
    spec: '1@predicted',
    label: 'lesion over the predicted region',
  })
  expect((await explain('2@predicted', { outputs })).weights).toEqual(ones(11))
  const mask = t([2, 2], 0, 0, 2, 1)
  expect(await explain('1@mask', { outputs, mask })).toMatchObject({
    weights: ones(6, 7),
    spec: '1@mask',
    label: 'class 1 inside the truth mask',
  })
  const difference = (await explain('1-0@predicted', { outputs })).weights
  expect(difference).toEqual(ones(5, 6).map((w, i) => w - (i === 1 || i === 2 ? 1 : 0)))
  expect(await explain('2,1,0', { outputs })).toMatchObject({ weights: ones(10), spec: '2,1,0' })
})

test('segmentation with one channel: over 0 for logits, over 0.5 for probabilities', async () => {
  const run = async (...values: number[]) =>
    explain('', { outputs: [{ name: 'm', tensor: t([1, 1, 1, 3], ...values) }] })
  expect(await run(-3, 0.2, 4)).toMatchObject({ weights: [0, 1, 1], spec: '0@predicted' })
  expect(await run(0.1, 0.3, 0.9)).toMatchObject({ weights: [0, 0, 1] })
  expect(await run(0.1, 0.3, 0.4)).toMatchObject({ weights: [1, 1, 1], spec: '0' })
})

test('one mask per row', async () => {
  const outputs = [{ name: 'm', tensor: t([2, 1, 2, 2], ...new Array(8).fill(0)) }]
  const mask = t([2, 1, 2, 2], 1, 0, 0, 0, 0, 0, 0, 1)
  expect((await explain('0@mask', { outputs, mask })).weights).toEqual([1, 0, 0, 0, 0, 0, 0, 1])
})

test.each([
  ['7', {}, "class 7 does not exist: output 'logits' has 3 classes (0 to 2)"],
  ['0-3', {}, 'class 3 does not exist'],
  ['1', { outputs: [age] }, "output 'age' has 1 class (only 0)"],
  ['-1', {}, "target '-1' is not understood"],
  ['cat', {}, 'use argmax, sum, a class K'],
  ['1;2;0', {}, "names 3 rows, but 'logits' has 2"],
  ['0,1', {}, 'has 2 indices, but'],
  ['0,2,0', { outputs: [segmentation] }, 'axis 2 after the batch axis has 2 elements (0 to 1)'],
  ['1@predicted', {}, 'needs a segmentation output'],
  ['1@mask', { outputs: [segmentation] }, 'needs a truth mask'],
  ['1@mask', { outputs: [segmentation], mask: t([3], 1, 1, 1) }, "the output's grid is 2x2"],
  ['1@mask', { outputs: [segmentation], mask: t([2, 2], 0, 0, 0, 0) }, 'truth mask is empty'],
  ['nowhere:1', {}, "no value 'nowhere'; its outputs are logits"],
  ['probability(3)', {}, 'class 3 does not exist'],
  ['probability(1-0)', {}, "target 'probability(1-0)' is not understood"],
  ['probability(1)-0', {}, "target 'probability(1)-0' is not understood"],
  ['0-probability(1)', {}, 'probability(K)-probability(L)'],
  ['probability(0)-probability(3)', {}, 'class 3 does not exist'],
  ['probability(0,1)', {}, 'has 2 indices, but'],
  ['probability(1);0', {}, 'mixes probabilities with scores'],
  ['a:1;b:2', {}, 'all rows must explain the same one'],
  ['', { outputs: [{ name: 'y', tensor: t([1, 2], Number.NaN, 1) }] }, 'not numbers (NaN)'],
  ['', { outputs: [] }, 'no output of real numbers'],
  [
    '2@predicted',
    { outputs: [{ name: 'm', tensor: t([1, 3, 1, 1], 5, 1, 0) }] },
    "class 2 wins at no position of 'm'",
  ],
] as const)('refuses %s: %#', async (spec, more, message) => {
  await expect(explain(spec, more)).rejects.toThrow(message)
  await expect(explain(spec, more)).rejects.toMatchObject({ name: 'Failure' })
})
