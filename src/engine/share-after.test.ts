import { expect, test } from 'vitest'
import { randomFloats, tinyModel } from '../core/testing/tiny-models.ts'
import { describeModel } from './describe-model.ts'
import { openModel } from './open-model.ts'
import { createNodeRuntime } from './runtime-node.ts'
import { bytesOf, randomTensor, withInput } from './testing/small-networks.ts'

/** y0 Conv 1->2, y1 Relu, y2 Conv 2->3, y3 y1's first channels beside y2, then pooling and a dense layer. */
const network = withInput(
  tinyModel({
    inputs: { x: [] },
    constants: {
      first: randomFloats([2, 1, 1, 1], 1),
      second: randomFloats([3, 2, 1, 1], 2),
      dense: randomFloats([5, 4], 3),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'first'] },
      { op: 'Relu', inputs: ['y0'] },
      { op: 'Conv', inputs: ['y1', 'second'] },
      { op: 'Concat', inputs: ['y1', 'y2'], attributes: { axis: 1 } },
      { op: 'GlobalAveragePool', inputs: ['y3'] },
      { op: 'Flatten', inputs: ['y4'] },
      { op: 'MatMul', inputs: ['y5', 'dense'] },
    ],
  }),
  [1, 1, 4, 5],
)

test('the work after a layer is counted in multiplications, past branches that go around it', async () => {
  const model = await openModel(createNodeRuntime({ threads: 1 }), bytesOf(network))
  const { sharesAfter } = await describeModel(model, {
    inputs: [randomTensor([1, 1, 4, 5], 4)],
    target: '',
  })
  // 20 places: conv 2 x 1, relu 2, conv 3 x 2, concat 5 each; then 5 + 5, and 4 x 5 of the dense layer.
  const [conv, relu, second, concat, tail] = [40, 40, 120, 100, 30]
  const all = conv + relu + second + concat + tail
  expect(sharesAfter.y1).toBeCloseTo((second + concat + tail) / all)
  // What y2 is given, y1 is still needed beside it.
  expect(sharesAfter.y2).toBeCloseTo((conv + relu + concat + tail) / all)
  expect(sharesAfter.y3).toBeCloseTo(tail / all)
  await model.close()
})
