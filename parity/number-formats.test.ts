/** @file Half, mixed, double and quantised models: what they predict, which methods run, and what is said. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gradientRecipe } from '../src/core/attribution/gradient.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { relativeDistance } from './relative-distance.ts'

interface Case {
  readonly name: string
  readonly inputDims: readonly number[]
  readonly outputDims: readonly number[]
  /** float32, little-endian, base64; so are the rest. */
  readonly input: string
  readonly output: string
  /** Absent where the model is quantised. */
  readonly weights?: string
  readonly gradient?: string
}

const folder = join(import.meta.dirname, 'fixtures/number-formats')
const { cases }: { cases: readonly Case[] } = JSON.parse(
  readFileSync(join(folder, 'cases.json'), 'utf8'),
)
const withGradient = cases.filter(({ gradient }) => gradient !== undefined)
const quantised = cases.filter(({ gradient }) => gradient === undefined)

function tensor(dims: readonly number[], text: string): Tensor {
  return { dims, data: new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer) }
}

const open = (name: string) =>
  openModel(createNodeRuntime(), new Uint8Array(readFileSync(join(folder, `${name}.onnx`))))

const run = (model: OpenModel, methodId: string, input: Tensor, options = {}) =>
  attribute(
    model,
    {
      methodId,
      options,
      inputs: [input],
      baseline: [zerosLike(input)],
      target: '',
      seed: 0,
    },
    { signal: new AbortController().signal, onProgress: () => {} },
  )

describe('floats of other sizes run as 32-bit ones', () => {
  it.each(withGradient)('$name', async (known) => {
    const model = await open(known.name)
    const inputs = [tensor(known.inputDims, known.input)]
    const { outputs } = await model.predict(inputs)
    const [output] = outputs
    expect(relativeDistance(output!.tensor.data, tensor([], known.output).data)).toBeLessThan(1e-5)
    const weights = tensor(known.outputDims, known.weights!)
    const target = { value: output!.name, weights, spec: '', label: '' }
    const explained = await model.explain(gradientRecipe, inputs, target)
    const expected = tensor([], known.gradient!).data
    expect(relativeDistance(explained.outputs[0]!.data, expected)).toBeLessThan(1e-5)
    await model.close()
  })

  it.each(withGradient)('$name is said to be', async (known) => {
    const { summary } = await open(known.name)
    if (known.name === 'float32') return expect(summary.notes).toEqual([])
    const size = /(b?float\d+)/.exec(known.name)?.[1] ?? 'float16'
    expect(summary.notes.join()).toContain(`(${size})`)
    expect(summary.notes.join()).toContain('turned into 32-bit ones')
    const isMixed = ['autocast', 'bfloat16-dynamo'].includes(known.name)
    const whose = isMixed ? "Some of the model's numbers" : "The model's numbers"
    expect(summary.notes).toEqual([expect.stringMatching(new RegExp(`^${whose} are `))])
  })
})

describe('quantised models', () => {
  it.each(quantised)('$name predicts, and takes perturbation methods', async (known) => {
    const model = await open(known.name)
    const input = tensor(known.inputDims, known.input)
    const { outputs } = await model.predict([input])
    // One step of the output's scale: the runtimes round sums of integers to it.
    expect(relativeDistance(outputs[0]!.tensor.data, tensor([], known.output).data)).toBeLessThan(
      0.02,
    )
    const { maps } = await run(model, 'occlusion', input, { window: 4, stride: 4 })
    expect(Math.max(...maps[0]!.data.map(Math.abs))).toBeGreaterThan(0.01)
    expect(model.summary.notes.join()).toContain('The model is quantised')
    const allowed = model.summary.methods.filter(({ supported }) => supported).map(({ id }) => id)
    expect(allowed).toContain('occlusion')
    expect(allowed).not.toContain('gradient')
    await model.close()
  })

  it.each(quantised)('$name refuses gradients and says what to do', async (known) => {
    const model = await open(known.name)
    const input = tensor(known.inputDims, known.input)
    const refusal =
      /has no gradient: the model is quantised: .* Load the float model that it was made from, or use occlusion/
    await expect(run(model, 'gradient', input)).rejects.toThrow(refusal)
    // All that come back through the quantised operators: zeros would look like an answer.
    const back = ['integrated-gradients', 'lrp', 'deep-taylor', 'excitation-backprop', 'full-grad']
    for (const id of [...back, 'deeplift', 'guided-backprop'])
      await expect(run(model, id, input), id).rejects.toThrow(
        /the model is quantised: |no rule for \w+ node/,
      )
    const { obstacle } = model.summary.methods.find(({ id }) => id === 'gradient')!
    expect(obstacle).toMatchObject({ reason: 'quantised', message: expect.stringMatching(refusal) })
    await model.close()
  })

  it.each(['quantised-qdq', 'quantised-dynamic'])('%s keeps Score-CAM', async (name) => {
    const known = cases.find((each) => each.name === name)!
    const model = await open(name)
    const { maps } = await run(model, 'score-cam', tensor(known.inputDims, known.input))
    expect(Math.max(...maps[0]!.data)).toBeGreaterThan(0)
    await model.close()
  })
})
