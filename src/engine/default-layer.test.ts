import { expect, test } from 'vitest'
import { zerosLike } from '../core/tensor/arithmetic.ts'
import { ints, randomFloats, tinyModel } from '../core/testing/tiny-models.ts'
import { attribute } from './attribute.ts'
import { openModel } from './open-model.ts'
import { createNodeRuntime } from './runtime-node.ts'
import { bytesOf, randomTensor, withInput } from './testing/small-networks.ts'

const runtime = createNodeRuntime({ threads: 1 })

/** As Swin ends: y0 Conv, y1 channels last, y2 normalised, y3 channels first, then a pooling. */
function channelsLast(pooling: 'GlobalAveragePool' | 'ReduceMean') {
  const pool =
    pooling === 'ReduceMean'
      ? [
          { op: 'ReduceMean', inputs: ['y3', 'space'], attributes: { keepdims: 1 } },
          { op: 'Reshape', inputs: ['y4', 'row'] },
          { op: 'Gather', inputs: ['y5', 'everyPlace'], attributes: { axis: 0 } },
          { op: 'Reshape', inputs: ['y6', 'features'] },
          { op: 'MatMul', inputs: ['y7', 'dense'] },
        ]
      : [
          { op: pooling, inputs: ['y3'] },
          { op: 'Flatten', inputs: ['y4'] },
          { op: 'MatMul', inputs: ['y5', 'dense'] },
        ]
  return withInput(
    tinyModel({
      inputs: { x: [] },
      constants: {
        w: randomFloats([4, 1, 2, 2], 1),
        scale: randomFloats([4], 2),
        dense: randomFloats([4, 3], 3),
        space: ints(-1, -2),
        row: ints(4),
        everyPlace: ints(0, 1, 2, 3),
        features: ints(1, 4),
      },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], attributes: { strides: [2, 2] } },
        { op: 'Transpose', inputs: ['y0'], attributes: { perm: [0, 2, 3, 1] } },
        { op: 'LayerNormalization', inputs: ['y1', 'scale'], attributes: { axis: -1 } },
        { op: 'Transpose', inputs: ['y2'], attributes: { perm: [0, 3, 1, 2] } },
        ...pool,
      ],
    }),
    [1, 1, 6, 6],
  )
}

test.each(['GlobalAveragePool', 'ReduceMean'] as const)(
  'what %s reads has space, though a transposition made it',
  async (pooling) => {
    const model = await openModel(runtime, bytesOf(channelsLast(pooling)))
    const inputs = [randomTensor([1, 1, 6, 6], 4)]
    const layers = await model.layers(inputs, '')
    expect(layers.map(({ name }) => name)).toEqual(['y0', 'y3'])
    expect(layers.find((layer) => layer.default)?.name).toBe('y3')
    const { maps } = await attribute(
      model,
      {
        methodId: 'cam',
        options: { relu: false, upsample: 'nearest' },
        inputs,
        baseline: inputs.map(zerosLike),
        target: '1',
        seed: 1,
      },
      { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
    )
    // Zhou et al. 2016: the mean of the map over space is the class score, where there is no bias.
    const { outputs } = await model.predict(inputs)
    const [map] = maps
    const mean = (map?.data.reduce((a, b) => a + b, 0) ?? Number.NaN) / 36
    expect(mean).toBeCloseTo(outputs[0]?.tensor.data[1] ?? Number.NaN, 5)
    await model.close()
  },
)
