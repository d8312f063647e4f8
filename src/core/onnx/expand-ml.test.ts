/** @file The operators of ai.onnx.ml, written out, against the runtime's own kernels for them. */

import { expect, test } from 'vitest'
import { largestDifference, runModel } from '../testing/run-model.ts'
import { canonicalise } from './canonicalise.ts'
import { int64Tensor } from './constants.ts'
import type { Attribute, Attributes, ConstantTensor, Model, Node, ValueInfo } from './ir.ts'

const floats = (...value: number[]): Attribute => ({ kind: 'floats', value })
const ints = (...value: number[]): Attribute => ({ kind: 'ints', value })
const text = (value: string): Attribute => ({ kind: 'string', value })

function mlModel(
  op: string,
  attributes: Attributes,
  outputs: readonly ValueInfo[] = [{ name: 'y', dtype: 'float32', dims: null }],
  constants: Readonly<Record<string, ConstantTensor>> = {},
): Model {
  const node: Node = {
    name: 'node',
    domain: 'ai.onnx.ml',
    op,
    inputs: ['x', ...Object.keys(constants)],
    outputs: outputs.map(({ name }) => name),
    attributes,
  }
  return {
    irVersion: 8,
    producer: 'test',
    opsets: new Map([
      ['', 18],
      ['ai.onnx.ml', 3],
    ]),
    metadata: new Map(),
    graph: {
      name: 'ml',
      inputs: [{ name: 'x', dtype: 'float32', dims: [null, 3] }],
      outputs,
      nodes: [node],
      initializers: new Map(Object.entries(constants)),
    },
  }
}

const X = [0.3, -0.4, 2, 1, 2, 0.1, 0, 0, 0, -1, -2, -3]
const feeds = { x: { dtype: 'float32', dims: [4, 3], data: Float32Array.from(X) } } as const

async function expectSame(model: Model): Promise<void> {
  const written = canonicalise(model)
  expect(written.graph.nodes.map(({ domain }) => domain)).not.toContain('ai.onnx.ml')
  expect(
    largestDifference(await runModel(model, feeds), await runModel(written, feeds)),
  ).toBeLessThan(1e-6)
}

test.each([
  ['Scaler', { offset: floats(0.1, -1, 2), scale: floats(2, 0.5, -1) }],
  ['Scaler', { offset: floats(0.5), scale: floats(3) }],
  ['Normalizer', { norm: text('MAX') }],
  ['Normalizer', { norm: text('L1') }],
  ['Normalizer', { norm: text('L2') }],
  [
    'Imputer',
    { imputed_value_floats: floats(7, 8, 9), replaced_value_float: { kind: 'float', value: 0 } },
  ],
  ['FeatureVectorizer', { inputdimensions: ints(3) }],
] as const)('%s %j', async (op, attributes) => {
  await expectSame(mlModel(op, attributes))
})

test('ArrayFeatureExtractor takes columns', async () => {
  await expectSame(
    mlModel('ArrayFeatureExtractor', {}, undefined, { indices: int64Tensor([2, 0]) }),
  )
})

const W = [0.1, 0.2, 0.3, -0.3, 0.2, 0.1, 0.5, -0.5, 0.2]
test.each(['NONE', 'LOGISTIC', 'SOFTMAX'])('linear models with %s after them', async (name) => {
  const post_transform = text(name)
  const regressor = {
    coefficients: floats(...W),
    intercepts: floats(0.05, -0.02, 0),
    targets: { kind: 'int', value: 3 },
  } as const
  await expectSame(mlModel('LinearRegressor', { ...regressor, post_transform }))
  const outputs = [
    { name: 'label', dtype: 'int64', dims: null },
    { name: 'y', dtype: 'float32', dims: null },
  ] as const
  const classes = {
    classlabels_ints: ints(4, 7, 9),
    coefficients: floats(...W),
    intercepts: floats(0.05, -0.02, 0),
  }
  await expectSame(mlModel('LinearClassifier', { ...classes, post_transform }, outputs))
  // One row of coefficients for two classes.
  const second = {
    classlabels_ints: ints(0, 1),
    coefficients: floats(0.1, 0.2, 0.3),
    intercepts: floats(0.05),
  }
  await expectSame(mlModel('LinearClassifier', { ...second, post_transform }, outputs))
})

test('what has no derivative or is rare stays as it is', () => {
  const model = mlModel('LinearRegressor', {
    coefficients: floats(1, 2, 3),
    post_transform: text('PROBIT'),
  })
  expect(canonicalise(model).graph.nodes).toEqual(model.graph.nodes)
})

test('a list of dictionaries becomes the array it was made from', async () => {
  const model = mlModel('Scaler', { offset: floats(0), scale: floats(2) })
  const zip: Node = {
    name: 'zip',
    domain: 'ai.onnx.ml',
    op: 'ZipMap',
    inputs: ['y'],
    outputs: ['probabilities'],
    attributes: { classlabels_int64s: ints(0, 1, 2) },
  }
  const zipped: Model = {
    ...model,
    graph: {
      ...model.graph,
      nodes: [...model.graph.nodes, zip],
      outputs: [{ name: 'probabilities', dtype: 'other', dims: null }],
    },
  }
  const written = canonicalise(zipped)
  expect(written.graph.outputs).toEqual([{ name: 'probabilities', dtype: 'float32', dims: null }])
  const { probabilities } = await runModel(written, feeds)
  expect([...probabilities!.data]).toEqual(X.map((x) => Math.fround(Math.fround(x) * 2)))
})
