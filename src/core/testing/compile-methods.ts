/** @file The methods that replace rules, on a small network of images and one of volumes, as compiled graphs. */

import { deconvnet } from '../attribution/deconvnet.ts'
import { deepTaylor } from '../attribution/deep-taylor.ts'
import { deeplift } from '../attribution/deeplift.ts'
import { excitationBackprop } from '../attribution/excitation-backprop.ts'
import { guidedBackprop } from '../attribution/guided-backprop.ts'
import { lrp } from '../attribution/lrp.ts'
import { baselineName } from '../autodiff/deeplift/twin-graph.ts'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { floatTensor } from '../onnx/constants.ts'
import type { Model } from '../onnx/ir.ts'
import { defaultOptions } from '../parse-options.ts'
import { createFeeds } from './check-gradient.ts'
import { type CompiledGraph, compileForGpu } from './compiled-graph.ts'
import { count, randomFloats, tinyModel } from './tiny-models.ts'

export async function compileMethods(): Promise<readonly CompiledGraph[]> {
  const compiled: CompiledGraph[] = []
  for (const space of [
    [6, 5],
    [4, 6, 4],
  ]) {
    const model = network(space)
    const feeds = createFeeds(model, { seed: 61 })
    const baseline = createFeeds(model, { seed: 71 })
    const more = Object.fromEntries(
      Object.entries(baseline).map(([name, tensor]) => [baselineName(name), tensor]),
    )
    for (const [name, recipe, needsBaseline] of recipes()) {
      const label = `${name}, ${space.length}-D`
      compiled.push(await compileForGpu(label, model, recipe, feeds, needsBaseline ? more : {}))
    }
  }
  return compiled
}

function recipes(): readonly (readonly [string, ExplanationRecipe, needsBaseline?: boolean])[] {
  const options = defaultOptions(lrp.options)
  const twin = deeplift.recipe?.({}, undefined)
  if (!twin) throw new Error('deeplift has no recipe')
  return [
    ...lrp.options.composite.choices.map(
      (composite) => [`lrp ${composite}`, lrp.recipe({ ...options, composite })] as const,
    ),
    ['deep-taylor', deepTaylor.recipe({})],
    ['excitation-backprop', excitationBackprop.recipe({ contrastive: false })],
    ['contrastive excitation-backprop', excitationBackprop.recipe({ contrastive: true })],
    ['deconvnet', deconvnet.recipe({})],
    ['guided-backprop', guidedBackprop.recipe({})],
    ['deeplift', twin, true],
  ]
}

/** A merged batch norm, a residual block, groups and a stride, one after an activation, pooling, dense. */
function network(space: readonly number[]): Model {
  const kernel = space.map(() => 3)
  const pads = [...space, ...space].map(() => 1)
  const half = space.map((size) => Math.ceil(size / 2))
  const windows = { kernel_shape: space.map(() => 2), strides: space.map(() => 1) }
  const features = 4 * count(half.map((size) => size - 1))
  const norm = (name: string) => ({
    [`${name}s`]: randomFloats([4], 21),
    [`${name}b`]: randomFloats([4], 22),
    [`${name}m`]: randomFloats([4], 23),
    [`${name}v`]: floatTensor([0.5, 1, 1.5, 2], [4]),
  })
  const parameters = (name: string) => ['s', 'b', 'm', 'v'].map((part) => `${name}${part}`)
  return tinyModel({
    inputs: { x: [2, 2, ...space] },
    constants: {
      w1: randomFloats([4, 2, ...kernel], 1),
      b1: randomFloats([4], 2),
      w2: randomFloats([4, 4, ...kernel], 3),
      w3: randomFloats([4, 2, ...kernel], 4),
      b3: randomFloats([4], 5),
      head: randomFloats([features, 3], 6),
      bias: randomFloats([3], 7),
      ...norm('p'),
      ...norm('q'),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w1', 'b1'], outputs: ['c1'], attributes: { pads } },
      { op: 'BatchNormalization', inputs: ['c1', ...parameters('p')], outputs: ['n1'] },
      { op: 'Relu', inputs: ['n1'], outputs: ['a1'] },
      { op: 'Conv', inputs: ['a1', 'w2'], outputs: ['c2'], attributes: { pads } },
      { op: 'Add', inputs: ['c2', 'a1'], outputs: ['sum'] },
      { op: 'Relu', inputs: ['sum'], outputs: ['a2'] },
      { op: 'BatchNormalization', inputs: ['a2', ...parameters('q')], outputs: ['n2'] },
      {
        op: 'Conv',
        inputs: ['n2', 'w3', 'b3'],
        outputs: ['c3'],
        attributes: { pads, strides: space.map(() => 2), group: 2 },
      },
      { op: 'Relu', inputs: ['c3'], outputs: ['a3'] },
      {
        op: space.length === 3 ? 'AveragePool' : 'MaxPool',
        inputs: ['a3'],
        outputs: ['p3'],
        attributes: windows,
      },
      { op: 'Flatten', inputs: ['p3'], outputs: ['flat'] },
      { op: 'Gemm', inputs: ['flat', 'head', 'bias'], outputs: ['y'] },
    ],
  })
}
