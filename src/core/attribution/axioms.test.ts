/** @file What the papers promise of every map, as properties over random networks and over graphs written differently. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attribute } from '../../engine/attribute.ts'
import { openModel } from '../../engine/open-model.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { encode } from '../onnx/codec.ts'
import { floatTensor, readNumbers } from '../onnx/constants.ts'
import type { ConstantTensor, Model } from '../onnx/ir.ts'
import type { AnyOptionValues } from '../options.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'
import { directionalDerivative } from '../testing/numeric-derivative.ts'
import {
  bentActivations,
  type NetworkPlan,
  randomNetwork,
  smoothActivations,
} from '../testing/random-networks.ts'
import {
  count,
  float,
  ints,
  randomFloats,
  randomNumbers,
  type TinyNode,
  tinyModel,
} from '../testing/tiny-models.ts'
import { lrp } from './lrp.ts'
import { attributionMethods, findMethod } from './methods.ts'

/** Plans over one to three spatial axes, with the given activations. */
function networkPlans(activations: readonly string[]): fc.Arbitrary<NetworkPlan> {
  const activation = fc.constantFrom(...activations)
  return fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    batch: fc.integer({ min: 1, max: 2 }),
    space: fc.array(fc.integer({ min: 4, max: 6 }), { minLength: 1, maxLength: 3 }),
    activations: fc.tuple(activation, activation),
    join: fc.constantFrom('add', 'concat', 'gate', 'none'),
    norm: fc.boolean(),
    pool: fc.constantFrom('AveragePool', 'MaxPool', 'none'),
  })
}

const runtime = createNodeRuntime({ threads: 1 })
const control = { signal: { throwIfAborted() {} }, onProgress: () => {} }

function random(dims: readonly number[], seed: number): Tensor {
  return { dims, data: Float32Array.from(randomNumbers(count(dims), seed)) }
}

function inputDims(model: Model): readonly (readonly number[])[] {
  return model.graph.inputs.map(({ dims }) => (dims ?? []).map(Number))
}

interface Run {
  readonly methodId: string
  readonly options?: AnyOptionValues
  readonly inputs: Tensors
  readonly baseline: Tensors
}

async function explain(model: Model, runs: readonly Run[]) {
  const opened = await openModel(runtime, encode(model))
  const answers = []
  for (const { options = {}, ...run } of runs) {
    answers.push(await attribute(opened, { options, target: '1', seed: 3, ...run }, control))
  }
  await opened.close()
  return answers
}

const magnitude = (maps: Tensors) =>
  maps.reduce((sum, { data }) => sum + data.reduce((a, b) => a + Math.abs(b), 0), 0)

/** Largest gap of a row, over the sum of magnitudes of the map. */
function relativeGap({ maps, completenessGap }: Awaited<ReturnType<typeof explain>>[number]) {
  return Math.max(...(completenessGap ?? [Number.NaN]).map(Math.abs)) / magnitude(maps)
}

describe('completeness (Sundararajan et al. 2017, axiom 3; Shrikumar et al. 2017, summation to delta)', () => {
  const points = (model: Model, seed: number) => {
    const dims = inputDims(model)
    return {
      inputs: dims.map((each, i) => random(each, seed + 10 + i)),
      baseline: dims.map((each, i) => random(each, seed + 20 + i)),
    }
  }

  test('DeepLIFT adds up on any network, exactly', async () => {
    const activations = [...bentActivations, ...smoothActivations, 'HardSwish', 'Mish']
    await fc.assert(
      fc.asyncProperty(networkPlans(activations), async (plan) => {
        const model = randomNetwork(plan)
        const [answer] = await explain(model, [
          { methodId: 'deeplift', ...points(model, plan.seed) },
        ])
        expect(relativeGap(answer!)).toBeLessThan(1e-5)
      }),
      { numRuns: 25, seed: 1 },
    )
  })

  const withSteps = (steps: number) => ({ methodId: 'integrated-gradients', options: { steps } })

  test('integrated gradients add up on smooth networks with a few steps', async () => {
    await fc.assert(
      fc.asyncProperty(networkPlans(smoothActivations), async (plan) => {
        const model = randomNetwork({ ...plan, pool: 'AveragePool' })
        const at = points(model, plan.seed)
        const [few, many] = await explain(model, [
          { ...withSteps(2), ...at },
          { ...withSteps(48), ...at },
        ])
        expect(relativeGap(many!)).toBeLessThan(2e-4)
        expect(relativeGap(many!)).toBeLessThan(relativeGap(few!) + 1e-5)
      }),
      { numRuns: 12, seed: 2 },
    )
  })

  test('and on networks with kinks the more, the closer', async () => {
    let coarse = 0
    let fine = 0
    await fc.assert(
      fc.asyncProperty(networkPlans(bentActivations), async (plan) => {
        const model = randomNetwork(plan)
        const at = points(model, plan.seed)
        const [few, many] = await explain(model, [
          { ...withSteps(4), ...at },
          { ...withSteps(96), ...at },
        ])
        coarse += relativeGap(few!)
        fine += relativeGap(many!)
        expect(relativeGap(many!)).toBeLessThan(5e-3)
      }),
      { numRuns: 12, seed: 3 },
    )
    expect(fine).toBeLessThan(coarse / 5)
  })
})

describe('implementation invariance of the gradient (Sundararajan et al. 2017, axiom 2)', () => {
  type Constants = Readonly<Record<string, ConstantTensor>>
  interface Written {
    readonly nodes: readonly TinyNode[]
    readonly constants?: Constants
    readonly opset?: number
  }
  interface Pair {
    readonly name: string
    readonly dims: readonly number[]
    readonly one: Written
    readonly other: Written
  }

  const dense = { w: randomFloats([6, 4], 1), b: randomFloats([4], 2) }
  const kernel = { k: randomFloats([3, 2, 3, 3], 3), c: randomFloats([3], 4) }
  const scalars = (values: Readonly<Record<string, number>>): Constants =>
    Object.fromEntries(Object.entries(values).map(([n, v]) => [n, floatTensor([v], [])]))
  const conv = (attributes: TinyNode['attributes']): TinyNode => ({
    op: 'Conv',
    inputs: ['x', 'k', 'c'],
    ...(attributes && { attributes }),
  })
  const flat = { dims: [2, 6] }
  const image = { dims: [2, 2, 5, 6] }

  const scale = randomFloats([3], 5)
  const shift = randomFloats([3], 6)
  const mean = randomFloats([3], 7)
  const variance = floatTensor(
    readNumbers(randomFloats([3], 8)).map((v) => 0.5 + v * v),
    [3],
  )

  /** The batch norm's factor and offset merged into the kernel and its bias. */
  function folded(): Constants {
    const factors = readNumbers(scale).map(
      (s, i) => s / Math.sqrt(readNumbers(variance)[i]! + 1e-3),
    )
    const weights = readNumbers(kernel.k).map((v, i) => v * factors[Math.floor(i / 18)]!)
    const offsets = readNumbers(kernel.c).map(
      (v, i) => (v - readNumbers(mean)[i]!) * factors[i]! + readNumbers(shift)[i]!,
    )
    return { k: floatTensor(weights, [3, 2, 3, 3]), c: floatTensor(offsets, [3]) }
  }

  const pairs: readonly Pair[] = [
    {
      name: 'Gemm, and MatMul with Add',
      ...flat,
      one: { nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'] }], constants: dense },
      other: {
        nodes: [
          { op: 'MatMul', inputs: ['x', 'w'] },
          { op: 'Add', inputs: ['y0', 'b'] },
        ],
        constants: dense,
      },
    },
    {
      name: 'batch norm, and batch norm merged into the convolution',
      ...image,
      one: {
        nodes: [
          conv({ pads: [1, 1, 1, 1] }),
          {
            op: 'BatchNormalization',
            inputs: ['y0', 's', 't', 'm', 'v'],
            attributes: { epsilon: float(1e-3) },
          },
          { op: 'Relu', inputs: ['y1'] },
        ],
        constants: { ...kernel, s: scale, t: shift, m: mean, v: variance },
      },
      other: {
        nodes: [conv({ pads: [1, 1, 1, 1] }), { op: 'Relu', inputs: ['y0'] }],
        constants: folded(),
      },
    },
    {
      name: 'HardSwish, and its product',
      ...image,
      one: { nodes: [{ op: 'HardSwish', inputs: ['x'] }] },
      other: {
        nodes: [
          { op: 'Div', inputs: ['x', 'six'] },
          { op: 'Add', inputs: ['y0', 'half'] },
          { op: 'Clip', inputs: ['y1', 'zero', 'one'] },
          { op: 'Mul', inputs: ['x', 'y2'] },
        ],
        constants: scalars({ six: 6, half: 0.5, zero: 0, one: 1 }),
      },
    },
    {
      name: 'a Pad before a convolution, and its own padding',
      ...image,
      one: {
        nodes: [
          { op: 'Pad', inputs: ['x', 'p'] },
          { op: 'Conv', inputs: ['y0', 'k', 'c'], attributes: { strides: [2, 2] } },
        ],
        constants: { ...kernel, p: ints(0, 0, 1, 2, 0, 0, 0, 1) },
      },
      other: {
        nodes: [conv({ strides: [2, 2], pads: [1, 2, 0, 1] })],
        constants: kernel,
      },
    },
    {
      name: 'auto_pad, and padding in numbers',
      ...image,
      one: { nodes: [conv({ auto_pad: 'SAME_UPPER' })], constants: kernel },
      other: { nodes: [conv({ pads: [1, 1, 1, 1] })], constants: kernel },
    },
    {
      name: 'global average pooling, and a mean over axes',
      ...image,
      one: { nodes: [{ op: 'GlobalAveragePool', inputs: ['x'] }] },
      other: {
        nodes: [{ op: 'ReduceMean', inputs: ['x', 'axes'] }],
        constants: { axes: ints(2, 3) },
      },
    },
    {
      name: 'GELU, and its formula',
      ...image,
      one: { nodes: [{ op: 'Gelu', inputs: ['x'] }], opset: 20 },
      other: {
        nodes: [
          { op: 'Div', inputs: ['x', 'root'] },
          { op: 'Erf', inputs: ['y0'] },
          { op: 'Add', inputs: ['y1', 'one'] },
          { op: 'Mul', inputs: ['x', 'y2'] },
          { op: 'Mul', inputs: ['y3', 'half'] },
        ],
        constants: scalars({ root: Math.SQRT2, one: 1, half: 0.5 }),
      },
    },
    {
      name: 'layer norm, and its formula',
      ...flat,
      one: {
        nodes: [
          { op: 'LayerNormalization', inputs: ['x', 's'], attributes: { epsilon: float(0.01) } },
        ],
        constants: { s: randomFloats([6], 9) },
      },
      other: {
        nodes: [
          { op: 'ReduceMean', inputs: ['x', 'axes'] },
          { op: 'Sub', inputs: ['x', 'y0'] },
          { op: 'Pow', inputs: ['y1', 'two'] },
          { op: 'ReduceMean', inputs: ['y2', 'axes'] },
          { op: 'Add', inputs: ['y3', 'epsilon'] },
          { op: 'Sqrt', inputs: ['y4'] },
          { op: 'Div', inputs: ['y1', 'y5'] },
          { op: 'Mul', inputs: ['y6', 's'] },
        ],
        constants: {
          ...scalars({ two: 2, epsilon: 0.01 }),
          s: randomFloats([6], 9),
          axes: ints(-1),
        },
      },
    },
    {
      name: 'softmax, and exponentials over their sum',
      ...flat,
      one: { nodes: [{ op: 'Softmax', inputs: ['x'], attributes: { axis: 1 } }] },
      other: {
        nodes: [
          { op: 'Exp', inputs: ['x'] },
          { op: 'ReduceSum', inputs: ['y0', 'axes'] },
          { op: 'Div', inputs: ['y0', 'y1'] },
        ],
        constants: { axes: ints(1) },
      },
    },
    {
      name: 'nodes that do nothing',
      ...flat,
      one: { nodes: [{ op: 'Tanh', inputs: ['x'] }] },
      other: {
        nodes: [
          { op: 'Identity', inputs: ['x'] },
          { op: 'Dropout', inputs: ['y0'] },
          { op: 'Unsqueeze', inputs: ['y1', 'axes'] },
          { op: 'Tanh', inputs: ['y2'] },
          { op: 'Squeeze', inputs: ['y3', 'axes'] },
        ],
        constants: { axes: ints(1) },
      },
    },
  ]

  const modelOf = (dims: readonly number[], { nodes, constants = {}, opset }: Written) =>
    tinyModel({ inputs: { x: dims }, constants, nodes, ...(opset !== undefined && { opset }) })

  test.each(pairs.map((pair) => [pair.name, pair] as const))('%s', async (_, pair) => {
    const x = random(pair.dims, 41)
    const maps: Float32Array[] = []
    for (const written of [pair.one, pair.other]) {
      const raw = modelOf(pair.dims, written)
      const opened = await openModel(runtime, encode(raw))
      const answer = await attribute(
        opened,
        { methodId: 'gradient', options: {}, inputs: [x], baseline: [x], target: 'sum', seed: 0 },
        control,
      )
      await opened.close()
      maps.push(answer.maps[0]!.data)
      // The graph as it was written, that no rewrite has touched, in finite differences.
      const session = await runtime.createSession(encode(raw))
      const output = raw.graph.outputs[0]!.name
      const direction = randomNumbers(x.data.length, 43)
      const evaluate = async (data: Float32Array<ArrayBuffer>) => {
        const results = await session.run({ x: { dtype: 'float32', dims: x.dims, data } }, [output])
        return Array.from(results[output]!.data, Number).reduce((a, b) => a + b, 0)
      }
      const numeric = await directionalDerivative({ step: 4e-3, evaluate }, x.data, direction)
      await session.release()
      const own = direction.reduce((sum, v, i) => sum + v * answer.maps[0]!.data[i]!, 0)
      const size = Math.hypot(...answer.maps[0]!.data) * Math.hypot(...direction)
      expect(Math.abs(own - numeric)).toBeLessThan(3e-3 * size + 1e-3)
    }
    const [one, other] = maps
    const distance = Math.hypot(...one!.map((value, i) => value - other![i]!))
    // The sum of a softmax has no gradient at all: both maps are rounding.
    expect(distance).toBeLessThan(2e-6 * Math.hypot(...one!) + 2e-6)
  })
})

/** Every method whose map is made of derivatives or differences. */
const family: readonly Omit<Run, 'baseline' | 'inputs'>[] = [
  { methodId: 'gradient' },
  { methodId: 'saliency' },
  { methodId: 'input-x-gradient' },
  { methodId: 'integrated-gradients', options: { steps: 3 } },
  { methodId: 'expected-gradients', options: { samples: 3, noise: 0.1 } },
  { methodId: 'smoothgrad', options: { samples: 3 } },
  { methodId: 'smoothgrad', options: { samples: 3, aggregate: 'variance' } },
  { methodId: 'guided-backprop' },
  { methodId: 'deconvnet' },
  { methodId: 'deeplift' },
  { methodId: 'deeplift-shap' },
  { methodId: 'grad-cam' },
]
const points = { inputs: [random([2, 2, 5, 5], 51)], baseline: [random([2, 2, 5, 5], 52)] }

/** Conv, ReLU, mean, dense: `k` and `head` decide what matters. */
function small(k: ConstantTensor, head: ConstantTensor): Model {
  return tinyModel({
    inputs: { x: [2, 2, 5, 5] },
    constants: { k, head, c: randomFloats([4], 54), bias: randomFloats([3], 55) },
    nodes: [
      { op: 'Conv', inputs: ['x', 'k', 'c'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Relu', inputs: ['y0'] },
      { op: 'GlobalAveragePool', inputs: ['y1'] },
      { op: 'Flatten', inputs: ['y2'] },
      { op: 'Gemm', inputs: ['y3', 'head', 'bias'] },
    ],
  })
}

describe('a constant model gives an empty map', () => {
  const zeros = (dims: readonly number[]) => floatTensor(new Float32Array(count(dims)), dims)
  /** One layer of attention between the patches of an image, their mean, dense. */
  const tokens = (k: ConstantTensor, head: ConstantTensor): Model =>
    tinyModel({
      inputs: { x: [2, 1, 4, 6] },
      constants: {
        ...{ k, head, c: randomFloats([4], 54), bias: randomFloats([3], 55) },
        ...{
          q: randomFloats([4, 4], 71),
          p: randomFloats([4, 4], 72),
          v: randomFloats([4, 4], 73),
        },
        ...{ flat: ints(0, 4, -1), axes: ints(1) },
      },
      nodes: [
        { op: 'Conv', inputs: ['x', 'k', 'c'], attributes: { strides: [2, 2] } },
        { op: 'Reshape', inputs: ['y0', 'flat'] },
        { op: 'Transpose', inputs: ['y1'], attributes: { perm: [0, 2, 1] } },
        { op: 'MatMul', inputs: ['y2', 'q'] },
        { op: 'MatMul', inputs: ['y2', 'p'] },
        { op: 'MatMul', inputs: ['y2', 'v'] },
        { op: 'Transpose', inputs: ['y4'], attributes: { perm: [0, 2, 1] } },
        { op: 'MatMul', inputs: ['y3', 'y6'] },
        { op: 'Softmax', inputs: ['y7'], attributes: { axis: -1 } },
        { op: 'MatMul', inputs: ['y8', 'y5'] },
        { op: 'Add', inputs: ['y9', 'y2'] },
        { op: 'ReduceMean', inputs: ['y10', 'axes'], attributes: { keepdims: 0 } },
        { op: 'Gemm', inputs: ['y11', 'head', 'bias'] },
      ],
    })
  /** A convolution or attention that the score does not depend on; or one that ignores the input. */
  const models: readonly (readonly [name: string, Model])[] = [
    ['no head', small(randomFloats([4, 2, 3, 3], 53), zeros([4, 3]))],
    ['no kernel', small(zeros([4, 2, 3, 3]), randomFloats([4, 3], 56))],
    ['tokens, no head', tokens(randomFloats([4, 1, 2, 2], 53), zeros([4, 3]))],
    ['tokens, no kernel', tokens(zeros([4, 1, 2, 2]), randomFloats([4, 3], 56))],
  ]

  /** What is not empty by definition, and why; for some targets at least. */
  const exceptions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    'it weighs the activations of a layer, also where they do not depend on the input': {
      'ablation-cam': ['no kernel', 'tokens, no kernel'],
      cam: ['no kernel'],
      'grad-cam': ['no kernel', 'tokens, no kernel'],
      'grad-cam-plus-plus': ['no kernel', 'tokens, no kernel'],
      'hires-cam': ['no kernel', 'tokens, no kernel'],
      'layer-cam': ['no kernel', 'tokens, no kernel'],
      'x-grad-cam': ['no kernel', 'tokens, no kernel'],
    },
    'it knows nothing of the score': {
      'attention-rollout': ['tokens, no head', 'tokens, no kernel'],
      'eigen-cam': ['no head', 'tokens, no head'],
    },
    'its weights add up to 1 whatever the scores': {
      'score-cam': ['no head', 'no kernel', 'tokens, no head'],
    },
    'every token starts with itself': {
      'attention-relevance': ['tokens, no head', 'tokens, no kernel'],
    },
    'biases count': { 'full-grad': ['no kernel', 'tokens, no kernel'] },
    'the flat rule shares by connections, whatever their weights': {
      'lrp epsilon-alpha2-beta1-flat': ['no kernel', 'tokens, no kernel'],
      'lrp epsilon-plus-flat': ['no kernel', 'tokens, no kernel'],
      'lrp flat': ['no head', 'no kernel', 'tokens, no head', 'tokens, no kernel'],
    },
  }

  /** Attention maps need attention, and a class activation map the pooling that it is defined for. */
  const isPossible = (methodId: string, name: string) =>
    methodId.startsWith('attention')
      ? name.startsWith('tokens')
      : methodId !== 'cam' || !name.startsWith('tokens')

  const runs = attributionMethods.flatMap(({ id, options }) =>
    id === 'lrp'
      ? lrp.options.composite.choices.map((composite) => ({
          name: `lrp ${composite}`,
          methodId: id,
          options: { composite } as AnyOptionValues,
        }))
      : [{ name: id, methodId: id, options: options.window ? { window: [2], stride: [2] } : {} }],
  )
  const contrastive = { methodId: 'excitation-backprop', options: { contrastive: true } }

  test.each([...runs, { name: 'contrastive excitation-backprop', ...contrastive }])(
    '$name',
    async ({ name, methodId, options }) => {
      const filled: string[] = []
      for (const [modelName, model] of models) {
        if (!isPossible(methodId, modelName)) continue
        const [dims = []] = inputDims(model)
        const at = { inputs: [random(dims, 51)], baseline: [random(dims, 52)] }
        const opened = await openModel(runtime, encode(model))
        const sizes: number[] = []
        for (const target of ['0', '1', '2']) {
          const request = { methodId, options, target, seed: 3, ...at }
          sizes.push(magnitude((await attribute(opened, request, control)).maps))
        }
        await opened.close()
        expect(sizes.every(Number.isFinite)).toBe(true)
        // Principal components of nothing are rounding.
        if (Math.max(...sizes) > 1e-5) filled.push(modelName)
      }
      const expected = Object.values(exceptions).flatMap((methods) => methods[name] ?? [])
      expect(filled).toEqual(expected)
    },
  )

  test('and whoever chooses a method that gives one all the same is told', () => {
    for (const methods of Object.values(exceptions)) {
      for (const name of Object.keys(methods)) {
        const { limits } = findMethod(name.split(' ')[0] ?? '')
        expect([name, limits]).toEqual([
          name,
          expect.stringMatching(/ignores (its|the) input|constant/),
        ])
      }
    }
  })
})

test('a channel that the model ignores gets nothing, and the other gets something', async () => {
  const numbers = readNumbers(randomFloats([4, 2, 3, 3], 57))
  const onlyFirst = floatTensor(
    numbers.map((value, i) => (Math.floor(i / 9) % 2 === 0 ? value : 0)),
    [4, 2, 3, 3],
  )
  const model = small(onlyFirst, randomFloats([4, 3], 58))
  // One map for all channels: Grad-CAM cannot tell them apart.
  const methods = family.filter(({ methodId }) => methodId !== 'grad-cam')
  const answers = await explain(
    model,
    methods.map((method) => ({ ...method, ...points })),
  )
  for (const [i, { maps }] of answers.entries()) {
    const sums = [0, 1].map((channel) =>
      maps[0]!.data.reduce((sum, value, j) => {
        return Math.floor(j / 25) % 2 === channel ? sum + Math.abs(value) : sum
      }, 0),
    )
    expect([methods[i]?.methodId, sums[1]]).toEqual([methods[i]?.methodId, 0])
    expect(sums[0]).toBeGreaterThan(0)
  }
})

test('an input that leads nowhere gets an empty map of its own', async () => {
  const model = tinyModel({
    inputs: { x: [1, 4], idle: [1, 3] },
    constants: { w: randomFloats([4, 3], 59), zero: floatTensor([0], []) },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'] },
      { op: 'Tanh', inputs: ['y0'] },
      { op: 'Mul', inputs: ['idle', 'zero'] },
      { op: 'Add', inputs: ['y1', 'y2'] },
    ],
  })
  const methods = family.filter(({ methodId }) => methodId !== 'grad-cam')
  const at = {
    inputs: [random([1, 4], 61), random([1, 3], 62)],
    baseline: [random([1, 4], 63), random([1, 3], 64)],
  }
  const answers = await explain(
    model,
    methods.map((method) => ({ ...method, ...at })),
  )
  for (const [i, { maps }] of answers.entries()) {
    expect(magnitude(maps.slice(0, 1))).toBeGreaterThan(0)
    expect([methods[i]?.methodId, magnitude(maps.slice(1))]).toEqual([methods[i]?.methodId, 0])
  }
})
