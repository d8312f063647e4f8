import { expect, test } from 'vitest'
import { layerChoices, wordsFor } from './layer-choices.ts'

test.each([
  ['/layer4/layer4.1/relu_1/Relu_output_0', 'Relu', 'layer4.1 · relu_1 · Relu'],
  ['/features/features.3/Conv_output_0', 'Conv', 'features.3 · Conv'],
  ['relu_48', 'Relu', 'relu_48'],
  ['y4', 'MaxPool', 'y4 · MaxPool'],
  [
    'StatefulPartitionedCall/model/block5_pool/MaxPool:0',
    'MaxPool',
    'StatefulPartitionedCall · model · block5_pool · MaxPool:0 · MaxPool',
  ],
])('%s (%s) is called %s', (name, op, words) => {
  expect(wordsFor({ name, op })).toBe(words)
})

test('the last layer comes first, with shapes as people write them', () => {
  const layers = [
    { name: 'a', op: 'Conv', shape: [8, 12, 14, 12], default: false },
    { name: 'b', op: 'Relu', shape: [512, 6, 7, 6], default: true },
  ]
  expect(layerChoices(layers)).toEqual([
    { name: 'b', label: 'b · Relu', shape: '512 × 6 × 7 × 6', suggested: true },
    { name: 'a', label: 'a · Conv', shape: '8 × 12 × 14 × 12', suggested: false },
  ])
})
