/** @file What the CAMs say where they are not defined. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { decodeNpy } from '../src/core/tensor/npy.ts'
import { attribute } from '../src/engine/attribute.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { bytesOf, classifier, randomTensor } from '../src/engine/testing/small-networks.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const opened: OpenModel[] = []

async function ask(model: string, input: string, methodId: string, more: object = {}) {
  const read = (name: string) => new Uint8Array(readFileSync(join(fixtures, name)))
  const open = await openModel(createNodeRuntime(), read(model))
  opened.push(open)
  const { tensor } = decodeNpy(read(input))
  const question = { options: {}, inputs: [tensor], baseline: [zerosLike(tensor)], seed: 0 }
  return attribute(
    open,
    { ...question, methodId, target: '1', ...more },
    { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
  )
}

afterAll(async () => {
  for (const model of opened) await model.close()
})

it('cam names what stands between the pooling and the target', async () => {
  await expect(ask('methods/cnn3d.onnx', 'methods/cnn3d.input.npy', 'cam')).rejects.toThrow(
    /cam needs a network that ends in global average pooling and one dense layer.*here Relu node .*grad-cam works/,
  )
  await expect(ask('cams/unet3d.onnx', 'cams/unet3d.input.npy', 'cam')).rejects.toThrow(/cam needs/)
})

it('cam names the layer it is defined on', async () => {
  const layer = '/relu1/Relu_output_0'
  await expect(
    ask('cams/pooled3d.onnx', 'cams/pooled3d.input.npy', 'cam', { layer }),
  ).rejects.toThrow(/what the global average pooling reads, '\/relu2\/Relu_output_0', not on/)
})

it('cam says when the input is too small for a map', async () => {
  const model = await openModel(createNodeRuntime(), bytesOf(classifier()))
  opened.push(model)
  const inputs = [randomTensor([1, 1, 2, 2, 2], 1)]
  const question = { options: {}, inputs, baseline: inputs.map(zerosLike), seed: 0 }
  await expect(
    attribute(
      model,
      { ...question, methodId: 'cam', target: '1' },
      { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
    ),
  ).rejects.toThrow(/reads a single place; give a larger input/)
})

it('cam explains the difference of two classes by the difference of their rows', async () => {
  const of = async (target: string) => {
    const options = { relu: false }
    const more = { target, options }
    return (await ask('cams/pooled3d.onnx', 'cams/pooled3d.input.npy', 'cam', more)).maps[0]!.data
  }
  const [both, one, other] = [await of('1-3'), await of('1'), await of('3')]
  for (const [i, value] of both.entries()) expect(value).toBeCloseTo(one[i]! - other[i]!, 5)
  expect(both.some((value) => Math.abs(value) > 1e-2)).toBe(true)
})

it.each(['score-cam', 'ablation-cam', 'grad-cam', 'eigen-cam'])(
  '%s needs a layer with spatial axes',
  async (methodId) => {
    const layer = '/Flatten_output_0'
    await expect(
      ask('cams/pooled3d.onnx', 'cams/pooled3d.input.npy', methodId, { layer }),
    ).rejects.toThrow(/has no spatial axes/)
  },
)

it('guided-grad-cam needs both maps on one grid', async () => {
  const options = { upsample: 'none' }
  await expect(
    ask('cams/pooled3d.onnx', 'cams/pooled3d.input.npy', 'guided-grad-cam', { options }),
  ).rejects.toThrow('use upsample=linear or nearest')
})
