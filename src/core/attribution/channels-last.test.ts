import { expect, test } from 'vitest'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import type { Model } from '../onnx/ir.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { runRecipe } from '../testing/run-recipe.ts'
import { randomFloats, randomNumbers, tinyModel } from '../testing/tiny-models.ts'
import { fullGrad } from './full-grad.ts'
import { gradCam } from './grad-cam.ts'

const ROWS = 2
const SPACE = [6, 5]
const CHANNELS = 3

/** The same network on (N, C, H, W) and on (N, H, W, C), where the file moves the channels itself. */
function network(channelsLast: boolean): Model {
  return tinyModel({
    inputs: { x: channelsLast ? [ROWS, ...SPACE, CHANNELS] : [ROWS, CHANNELS, ...SPACE] },
    constants: {
      half: randomFloats([1], 4),
      w: randomFloats([4, CHANNELS, 3, 3], 1),
      b: randomFloats([4], 2),
      head: randomFloats([4, 3], 3),
    },
    nodes: [
      { op: 'Mul', inputs: ['x', 'half'], outputs: ['scaled'] },
      channelsLast
        ? {
            op: 'Transpose',
            inputs: ['scaled'],
            outputs: ['image'],
            attributes: { perm: [0, 3, 1, 2] },
          }
        : { op: 'Identity', inputs: ['scaled'], outputs: ['image'] },
      {
        op: 'Conv',
        inputs: ['image', 'w', 'b'],
        outputs: ['c'],
        attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
      },
      { op: 'Relu', inputs: ['c'], outputs: ['features'] },
      { op: 'GlobalAveragePool', inputs: ['features'], outputs: ['p'] },
      { op: 'Flatten', inputs: ['p'], outputs: ['f'] },
      { op: 'MatMul', inputs: ['f', 'head'], outputs: ['y'] },
    ],
  })
}

const size = SPACE.reduce((a, b) => a * b, 1)
const second = Float32Array.from(randomNumbers(ROWS * CHANNELS * size, 7))
const toLast = (data: ArrayLike<number>): number[] =>
  Array.from({ length: data.length }, (_, i) => {
    const channel = i % CHANNELS
    const place = Math.floor(i / CHANNELS) % size
    const row = Math.floor(i / CHANNELS / size)
    return data[(row * CHANNELS + channel) * size + place]!
  })

test.each<[string, ExplanationRecipe]>([
  ['grad-cam', gradCam.recipe!({ relu: false, upsample: 'linear' }, 'features')],
  ['full-grad', fullGrad.recipe!({}, undefined)],
])('%s of an image with channels last is that with channels second, moved', async (_, recipe) => {
  const weights = [1, 0, 0, 0, 0, 1]
  const run = (channelsLast: boolean) => {
    const x: Tensor = channelsLast
      ? { dims: [ROWS, ...SPACE, CHANNELS], data: Float32Array.from(toLast(second)) }
      : { dims: [ROWS, CHANNELS, ...SPACE], data: second }
    return runRecipe({ model: network(channelsLast), recipe, inputs: [x], weights })
  }
  const [last, plain] = [await run(true), await run(false)]
  expect(new Set(plain.outputs[0]).size).toBeGreaterThan(20)
  expect(last.outputs[0]).toEqual(toLast(plain.outputs[0]!).map((v) => expect.closeTo(v, 6)))
  expect(last.outputs[1]).toEqual(plain.outputs[1]!.map((v) => expect.closeTo(v, 5)))
})
