import { describe, expect, test } from 'vitest'
import type { Progress } from '../core/attribution/method.ts'
import { zerosLike } from '../core/tensor/arithmetic.ts'
import { type AttributionQuestion, attribute } from './attribute.ts'
import { estimateMethod } from './estimate-method.ts'
import { openModel } from './open-model.ts'
import { createNodeRuntime } from './runtime-node.ts'
import {
  bytesOf,
  classifier,
  randomTensor,
  rootNetwork,
  segmenter,
} from './testing/small-networks.ts'

const runtime = createNodeRuntime({ threads: 1 })
const x = randomTensor([1, 1, 6, 6, 6], 3)

function ask(methodId: string, more: Partial<AttributionQuestion> = {}): AttributionQuestion {
  return {
    methodId,
    options: {},
    inputs: [x],
    baseline: [zerosLike(x)],
    target: '',
    seed: 0,
    ...more,
  }
}
const control = (signal: AbortSignal = new AbortController().signal) => {
  const seen: Progress[] = []
  return { signal, seen, onProgress: (progress: Progress) => void seen.push(progress) }
}

test('an answer says everything that was used', async () => {
  const model = await openModel(runtime, bytesOf(classifier()))
  const given = control()
  const answer = await attribute(
    model,
    ask('integrated-gradients', {
      options: { steps: 8 },
      target: '2-0',
      classNames: ['CN', 'MCI', 'AD'],
    }),
    given,
  )
  expect(answer).toMatchObject({
    options: { steps: 8, quadrature: 'gauss-legendre' },
    targetSpec: '2-0',
    targetLabel: 'AD minus CN',
    provider: { id: 'native' },
  })
  expect(answer.maps[0]!.dims).toEqual(x.dims)
  const target = await model.resolveTarget([x], { spec: '2-0' })
  const [atBaseline] = await model.score([zerosLike(x)], target)
  const sum = answer.maps[0]!.data.reduce((total, part) => total + part, 0)
  expect(answer.completenessGap![0]).toBeCloseTo(sum - (answer.scores[0]! - atBaseline!), 5)
  expect(given.seen[0]).toEqual({ stage: 'prediction', fraction: 0 })
  expect(given.seen.at(-1)!.fraction).toBe(1)
})

test('a method that builds on another runs it through the same model', async () => {
  const model = await openModel(runtime, bytesOf(classifier()))
  const plain = await attribute(model, ask('gradient', { target: '1' }), control())
  const smooth = await attribute(
    model,
    ask('smoothgrad', { target: '1', options: { samples: 3, noise: 0 } }),
    control(),
  )
  for (const [i, g] of smooth.maps[0]!.data.entries()) {
    expect(g).toBeCloseTo(plain.maps[0]!.data[i]!, 5)
  }
})

test('the truth mask reaches targets of the form K@mask', async () => {
  const model = await openModel(runtime, bytesOf(segmenter()))
  const mask = zerosLike({ ...x, dims: [6, 6, 6] })
  mask.data.fill(1, 0, 36)
  const inside = await attribute(model, ask('gradient', { target: '1@mask', mask }), control())
  expect(inside.targetSpec).toBe('1@mask')
  // The network sees one voxel around each: nothing beyond the slice after the mask can matter.
  expect(inside.maps[0]!.data.subarray(0, 72).some((g) => g !== 0)).toBe(true)
  expect(inside.maps[0]!.data.subarray(72).every((g) => g === 0)).toBe(true)
})

describe('a network whose gradient is not a number where its input is 0', () => {
  const half = { ...x, data: x.data.map((value, i) => (i < 40 ? 0 : value)) }
  const about = (methodId: string) =>
    ask(methodId, { inputs: [half], baseline: [zerosLike(x)], target: '1' })
  const sign = (value: number) => 0.5 * Math.sign(value)

  test.each([
    ['gradient', sign],
    ['input-x-gradient', (value: number) => value * sign(value)],
  ])('%s is 0 there and right elsewhere, and the 40 voxels are counted', async (id, formula) => {
    const model = await openModel(runtime, bytesOf(rootNetwork()))
    const answer = await attribute(model, about(id), control())
    expect(answer.nonFinite).toEqual([40])
    for (const [i, value] of answer.maps[0]!.data.entries())
      expect(value).toBeCloseTo(i < 40 ? 0 : formula(half.data[i]!), 5)
  })

  test('occlusion needs no gradient and is whole', async () => {
    const model = await openModel(runtime, bytesOf(rootNetwork()))
    const answer = await attribute(model, about('occlusion'), control())
    expect(answer.nonFinite).toEqual([0])
    expect(answer.maps[0]!.data.every(Number.isFinite)).toBe(true)
  })
})

describe('refusals', () => {
  test.each([
    ['unknown method', ask('gradent'), /gradient/],
    ['unknown option', ask('integrated-gradients', { options: { stepps: 3 } }), /steps/],
    ['bad value', ask('integrated-gradients', { options: { steps: 0 } }), /from 1 to 1000/],
    ['unknown class', ask('gradient', { target: '7' }), /class 7 does not exist/],
    ['unknown layer', ask('grad-cam', { layer: 'y44' }), /y44.*y4/],
  ])('%s', async (_, question, message) => {
    const model = await openModel(runtime, bytesOf(classifier()))
    await expect(attribute(model, question, control())).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringMatching(message),
    })
  })

  test('a baseline of another shape', async () => {
    const model = await openModel(runtime, bytesOf(classifier()))
    const baseline = [randomTensor([1, 1, 5, 6, 6], 1)]
    await expect(
      attribute(model, ask('integrated-gradients', { baseline }), control()),
    ).rejects.toMatchObject({ kind: 'shape-mismatch' })
  })
})

test('an abort between two runs stops the method: the event loop gets its turn', async () => {
  const model = await openModel(runtime, bytesOf(classifier()))
  const stop = new AbortController()
  const given = control(stop.signal)
  const running = attribute(model, ask('integrated-gradients', { options: { steps: 1000 } }), given)
  setTimeout(() => stop.abort(), 100)
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  expect(given.seen.length).toBeLessThan(900)
})

test('the estimate grows from forward to gradient, and knows the layer of the CAM family', async () => {
  const limits = { totalBytes: 2 ** 30, totalName: 'a gigabyte', tensorBytes: 2 ** 30 }
  const model = await openModel({ ...runtime, limits: () => limits }, bytesOf(classifier()))
  const sizes = new Map<string, number>()
  for (const methodId of ['occlusion', 'gradient', 'grad-cam']) {
    const { peakBytes, limitBytes } = await estimateMethod(model, {
      methodId,
      inputs: [x],
      target: '',
    })
    expect(limitBytes).toBe(2 ** 30)
    sizes.set(methodId, peakBytes)
  }
  expect(sizes.get('gradient')).toBeGreaterThan(sizes.get('occlusion')!)
  expect(sizes.get('grad-cam')).toBeGreaterThan(0)
})
