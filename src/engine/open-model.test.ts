import { describe, expect, test } from 'vitest'
import { gradientRecipe } from '../core/attribution/gradient.ts'
import type { Tensor } from '../core/tensor/tensor.ts'
import { directionalDerivative } from '../core/testing/numeric-derivative.ts'
import { randomNumbers } from '../core/testing/tiny-models.ts'
import { openModel } from './open-model.ts'
import type { Runtime } from './runtime.ts'
import { createNodeRuntime } from './runtime-node.ts'
import {
  bytesOf,
  classifier,
  randomTensor,
  segmenter,
  withInput,
} from './testing/small-networks.ts'

const runtime = createNodeRuntime({ threads: 1 })
const input = (rows = 1, seed = 9) => randomTensor([rows, 1, 6, 6, 6], seed)
const open = (model = classifier(), on: Runtime = runtime) => openModel(on, bytesOf(model))

/** What the file itself gives, past everything that the engine does. */
async function runFile(model: ReturnType<typeof classifier>, x: Tensor, output: string) {
  const session = await runtime.createSession(bytesOf(model))
  const results = await session.run({ x: { dtype: 'float32', ...x } }, [output])
  await session.release()
  return results[output]!.data as Float32Array
}

function counting(counts: { sessions: number; runs: number }): Runtime {
  return {
    ...runtime,
    async createSession(...given) {
      counts.sessions += 1
      const session = await runtime.createSession(...given)
      return {
        ...session,
        run: (...wanted) => {
          counts.runs += 1
          return session.run(...wanted)
        },
      }
    },
  }
}

describe('prediction', () => {
  test('is what the file predicts, and says what it took', async () => {
    const model = await open()
    const { outputs, elapsedMs, peakBytes } = await model.predict([input(2)])
    expect(outputs.map(({ name, tensor }) => [name, tensor.dims])).toEqual([['y7', [2, 3]]])
    const expected = await runFile(classifier(), input(2), 'y7')
    for (const [i, y] of outputs[0]!.tensor.data.entries()) expect(y).toBeCloseTo(expected[i]!, 5)
    expect(elapsedMs).toBeGreaterThan(0)
    // y0 and y1 share one buffer of 2 x 3 x 216 floats; the input has 2 x 216.
    expect(peakBytes).toBeGreaterThanOrEqual(2 * (3 + 1) * 216 * 4)
    await model.close()
  })

  test('a batch for a file that fixes the batch at 1 is run row by row', async () => {
    const counts = { sessions: 0, runs: 0 }
    const fixed = await open(classifier([1, 1, 6, 6, 6]), counting(counts))
    const free = await open()
    const x = input(3)
    const one = (await fixed.predict([x])).outputs[0]!.tensor
    const all = (await free.predict([x])).outputs[0]!.tensor
    expect(one.dims).toEqual([3, 3])
    for (const [i, y] of one.data.entries()) expect(y).toBeCloseTo(all.data[i]!, 5)

    const target = await fixed.resolveTarget([x], { spec: '0;1;2' })
    const mine = await fixed.explain(gradientRecipe, [x], target)
    const theirs = await free.explain(gradientRecipe, [x], target)
    expect(mine.scores).toHaveLength(3)
    expect(mine.outputs[0]!.dims).toEqual([3, 1, 6, 6, 6])
    for (const [i, g] of mine.outputs[0]!.data.entries()) {
      expect(g).toBeCloseTo(theirs.outputs[0]!.data[i]!, 5)
    }
  })

  test('the same input twice is run once; sessions are opened once', async () => {
    const counts = { sessions: 0, runs: 0 }
    const model = await open(classifier(), counting(counts))
    await model.predict([input()])
    const target = await model.resolveTarget([input()], { spec: '' })
    expect(counts).toEqual({ sessions: 1, runs: 1 })
    for (const seed of [1, 2, 3]) await model.explain(gradientRecipe, [input(1, seed)], target)
    expect(counts).toEqual({ sessions: 2, runs: 4 })
    for (const seed of [4, 5]) await model.score([input(1, seed)], target)
    expect(counts).toEqual({ sessions: 3, runs: 6 })
  })
})

describe('explanation', () => {
  test('scores and gradients agree with central differences of the file itself', async () => {
    const model = await open()
    const x = input()
    const target = await model.resolveTarget([x], { spec: '2-0' })
    const { scores, outputs } = await model.explain(gradientRecipe, [x], target)
    const evaluate = async (data: Float32Array<ArrayBuffer>) => {
      const y = await runFile(classifier(), { dims: x.dims, data }, 'y7')
      return y[2]! - y[0]!
    }
    expect(scores[0]).toBeCloseTo(await evaluate(x.data), 5)
    expect((await model.score([x], target))[0]).toBeCloseTo(await evaluate(x.data), 5)
    for (const seed of [20, 21]) {
      const direction = randomNumbers(x.data.length, seed)
      const slope = await directionalDerivative({ step: 1e-3, evaluate }, x.data, direction)
      const ours = direction.reduce((sum, d, i) => sum + d * outputs[0]!.data[i]!, 0)
      expect(ours).toBeCloseTo(slope, 2)
    }
    await model.close()
  })

  test('an internal value can be the target', async () => {
    const model = await open()
    const x = input()
    const target = await model.resolveTarget([x], { spec: 'y5:1' })
    expect(target).toMatchObject({ value: 'y5', spec: 'y5:1' })
    const pooled = await runFile(
      { ...classifier(), graph: { ...classifier().graph, outputs: [out('y5')] } },
      x,
      'y5',
    )
    expect((await model.score([x], target))[0]).toBeCloseTo(pooled[1]!, 5)
    await expect(model.resolveTarget([x], { spec: 'y55:1' })).rejects.toMatchObject({
      kind: 'bad-request',
    })
  })

  const out = (name: string) => ({ name, dtype: 'float32', dims: null }) as const

  test('the default layer is the last image before pooling; in segmentation, what the last conv reads', async () => {
    const x = input()
    const model = await open()
    const target = await model.resolveTarget([x], { spec: '' })
    expect(await model.defaultLayer([x], target)).toBe('y4')
    const other = await open(segmenter())
    const region = await other.resolveTarget([x], { spec: '1' })
    expect(await other.defaultLayer([x], region)).toBe('y1')
  })
})

describe('refusals', () => {
  test('inputs that do not fit are named', async () => {
    const model = await open(classifier(['n', 1, 6, 6, 'w']))
    await expect(model.predict([])).rejects.toMatchObject({
      kind: 'shape-mismatch',
      message: 'The model takes 1 input (x), but 0 came.',
    })
    await expect(model.predict([randomTensor([1, 1, 6, 5, 4], 1)])).rejects.toMatchObject({
      kind: 'shape-mismatch',
      message: 'Input "x" is 1x1x6x5x4, but the model takes anyx1x6x6xany.',
    })
    await expect(model.predict([randomTensor([6, 6, 6], 1)])).rejects.toMatchObject({
      kind: 'shape-mismatch',
    })
  })

  test('inputs that are not images, outputs that are not numbers, and other files', async () => {
    const tokens = withInput(classifier(), ['n'])
    const ids = {
      ...tokens,
      graph: { ...tokens.graph, inputs: [{ name: 'x', dtype: 'int64', dims: ['n'] }] },
    } as const
    await expect(open(ids)).rejects.toMatchObject({
      kind: 'unsupported-model',
      message: expect.stringContaining('int64'),
    })
    const text = new TextEncoder().encode('these are not the weights you are looking for')
    await expect(openModel(runtime, text)).rejects.toMatchObject({ kind: 'bad-file' })
  })

  test('a run that would not fit says how much it needs and what would fit', async () => {
    const small: Runtime = {
      ...runtime,
      limits: () => ({
        totalBytes: 2 ** 28,
        totalName: 'the box ends at 256 MB',
        tensorBytes: 2 ** 31,
      }),
    }
    const model = await open(classifier(), small)
    const began = performance.now()
    const failure = await model
      .predict([{ dims: [1, 1, 256, 256, 256], data: new Float32Array(256 ** 3) }])
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind: 'out-of-memory' })
    const { message } = failure as Error
    // Twice 3 channels of 256^3 floats (a Relu beside its Conv), and the input.
    expect(message).toMatch(/^This run needs about (39\d|4\d\d|5\d\d) MB/)
    expect(message).toContain('the box ends at 256 MB')
    const fitting = Number(/about (\d+)x\1x\1 would fit/.exec(message)?.[1])
    // It was never run at full size.
    expect(performance.now() - began).toBeLessThan(10_000)
    await model.predict([
      { dims: [1, 1, fitting, fitting, fitting], data: new Float32Array(fitting ** 3) },
    ])
    await model.close()
  })

  test('an explanation that would not fit is refused where the prediction fits', async () => {
    const model = await open()
    const x = randomTensor([1, 1, 32, 32, 32], 1)
    const target = await model.resolveTarget([x], { spec: '' })
    const forward = await model.estimate([x])
    const gradient = await model.estimate([x], { recipe: gradientRecipe, target })
    expect(gradient.peakBytes).toBeGreaterThan(forward.peakBytes)
    const between: Runtime = {
      ...runtime,
      limits: () => ({
        totalBytes: (forward.peakBytes + gradient.peakBytes) / 2,
        totalName: 'the box is small',
        tensorBytes: 2 ** 31,
      }),
    }
    const tight = await open(classifier(), between)
    await tight.predict([x])
    await expect(tight.explain(gradientRecipe, [x], target)).rejects.toMatchObject({
      kind: 'out-of-memory',
      message: expect.stringMatching(
        /needs about .*the box is small.*An input of about 2\dx2\dx2\d would fit/,
      ),
    })
  })
})
