import { expect, test } from 'vitest'
import { int64Scalar } from '../../onnx/constants.ts'
import { gradientError } from '../../testing/check-gradient.ts'
import { ints, type TinyModel, tinyModel } from '../../testing/tiny-models.ts'

type Case = readonly [name: string, dims: readonly number[], model: Omit<TinyModel, 'inputs'>]
const cases: readonly Case[] = [
  [
    'Cast',
    [2, 3],
    {
      nodes: [
        { op: 'Cast', inputs: ['x'], attributes: { to: 11 } },
        { op: 'Cast', inputs: ['y0'], attributes: { to: 1 } },
      ],
    },
  ],
  [
    'DepthToSpace DCR',
    [2, 8, 3, 2],
    {
      nodes: [{ op: 'DepthToSpace', inputs: ['x'], attributes: { blocksize: 2 } }],
    },
  ],
  [
    'DepthToSpace CRD',
    [1, 18, 2, 2],
    {
      nodes: [{ op: 'DepthToSpace', inputs: ['x'], attributes: { blocksize: 3, mode: 'CRD' } }],
    },
  ],
  ['Dropout', [2, 3], { nodes: [{ op: 'Dropout', inputs: ['x'] }] }],
  [
    'Expand',
    [3, 1],
    {
      constants: { shape: ints(2, 1, 4) },
      nodes: [{ op: 'Expand', inputs: ['x', 'shape'] }],
    },
  ],
  ['Flatten', [2, 3, 4], { nodes: [{ op: 'Flatten', inputs: ['x'], attributes: { axis: 2 } }] }],
  ['Identity', [2, 3], { nodes: [{ op: 'Identity', inputs: ['x'] }] }],
  [
    'Reshape',
    [2, 3, 4],
    {
      constants: { shape: ints(4, -1) },
      nodes: [{ op: 'Reshape', inputs: ['x', 'shape'] }],
    },
  ],
  [
    'SpaceToDepth',
    [1, 2, 4, 6],
    {
      nodes: [{ op: 'SpaceToDepth', inputs: ['x'], attributes: { blocksize: 2 } }],
    },
  ],
  [
    'Squeeze',
    [1, 3, 1, 2],
    {
      constants: { axes: ints(0, -2) },
      nodes: [{ op: 'Squeeze', inputs: ['x', 'axes'] }],
    },
  ],
  ['Squeeze all', [1, 3, 1], { nodes: [{ op: 'Squeeze', inputs: ['x'] }] }],
  [
    'Tile',
    [2, 1, 3],
    {
      constants: { repeats: ints(1, 4, 2) },
      nodes: [{ op: 'Tile', inputs: ['x', 'repeats'] }],
    },
  ],
  [
    'Transpose',
    [2, 3, 4],
    {
      nodes: [{ op: 'Transpose', inputs: ['x'], attributes: { perm: [2, 0, 1] } }],
    },
  ],
  ['Transpose reversed', [2, 3, 4], { nodes: [{ op: 'Transpose', inputs: ['x'] }] }],
  [
    'Trilu',
    [2, 3, 4],
    {
      constants: { k: int64Scalar(1) },
      nodes: [{ op: 'Trilu', inputs: ['x', 'k'], attributes: { upper: 0 } }],
    },
  ],
  [
    'Unsqueeze',
    [3, 2],
    {
      constants: { axes: ints(0, 2) },
      nodes: [{ op: 'Unsqueeze', inputs: ['x', 'axes'] }],
    },
  ],
]
test.each(cases)(
  '%s of %j agrees with central differences',
  async (_, dims, { constants = {}, nodes }) => {
    const model = tinyModel({ inputs: { x: dims }, constants, nodes })
    expect(await gradientError(model)).toBeLessThan(1e-3)
  },
)
