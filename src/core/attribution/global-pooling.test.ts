import { expect, test } from 'vitest'
import type { ConstantTensor } from '../onnx/ir.ts'
import { ints, tinyModel } from '../testing/tiny-models.ts'
import { globalPoolingOf } from './global-pooling.ts'

type Attributes = NonNullable<Parameters<typeof tinyModel>[0]['nodes'][number]['attributes']>

const node = (op: string, attributes: Attributes = {}) =>
  tinyModel({ inputs: { x: [] }, nodes: [{ op, inputs: ['x'], attributes }] }).graph.nodes[0]!

const volume = [1, 8, 5, 6, 7]
const single = [1, 8, 1, 1, 1]
const space = ints(2, 3, 4)

test.each<[string, Attributes, ConstantTensor | undefined, string]>([
  ['GlobalAveragePool', {}, undefined, 'mean'],
  ['GlobalMaxPool', {}, undefined, 'largest'],
  ['GlobalLpPool', {}, undefined, 'norm'],
  ['AveragePool', { kernel_shape: [5, 6, 7] }, undefined, 'mean'],
  ['MaxPool', { kernel_shape: [5, 6, 7] }, undefined, 'largest'],
  ['ReduceMean', {}, space, 'mean'],
  ['ReduceMean', {}, ints(-1, -3, -2), 'mean'],
  ['ReduceMax', {}, ints(4, 3, 2), 'largest'],
  ['ReduceSum', { keepdims: 0 }, space, 'sum'],
])('%s %j over all of space', (op, attributes, axes, pooling) => {
  expect(globalPoolingOf(node(op, attributes), { from: volume, to: single, axes })).toBe(pooling)
})

test.each<[string, string, Attributes, ConstantTensor | undefined, number[], number[]]>([
  ['a part of space', 'ReduceMean', {}, ints(2, 3), volume, [1, 8, 1, 1, 7]],
  ['the channels too', 'ReduceMean', {}, ints(1, 2, 3, 4), volume, [1, 1, 1, 1, 1]],
  ['the channels instead', 'ReduceMax', {}, ints(1, 2, 3), volume, [1, 1, 1, 1, 7]],
  ['axes that are computed', 'ReduceMean', {}, undefined, volume, single],
  [
    'a small window',
    'AveragePool',
    { kernel_shape: [2, 2, 2] },
    undefined,
    volume,
    [1, 8, 4, 5, 6],
  ],
  [
    'a window that moves over a padded image',
    'MaxPool',
    { kernel_shape: [5, 6, 7], pads: [1, 0, 0, 0, 0, 0] },
    undefined,
    volume,
    [1, 8, 2, 1, 1],
  ],
  ['values without space', 'ReduceMean', {}, ints(1), [1, 8], [1, 1]],
  ['another operator', 'ReduceMin', {}, space, volume, single],
])('not %s', (_, op, attributes, axes, from, to) => {
  expect(globalPoolingOf(node(op, attributes), { from, to, axes })).toBeNull()
})
