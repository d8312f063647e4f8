/** @file Models with several inputs and several outputs: every output explained by every input, by every method. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gradientRecipe } from '../src/core/attribution/gradient.ts'
import { attributionMethods, findMethod } from '../src/core/attribution/methods.ts'
import { defaultOptions } from '../src/core/parse-options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { decodeNpy } from '../src/core/tensor/npy.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { relativeDistance } from './relative-distance.ts'

interface Case {
  readonly network: string
  readonly inputs: readonly string[]
  /** The output that is explained. */
  readonly value: string
  readonly outputDims: readonly number[]
  /** float32, little-endian, base64; so are the rest. */
  readonly output: string
  readonly weights: string
  /** One per input. */
  readonly gradients: readonly string[]
  /** By method, one per input. */
  readonly maps: Readonly<Record<string, readonly string[]>>
}

const folder = join(import.meta.dirname, 'fixtures/several')
const bytesOf = (file: string) => new Uint8Array(readFileSync(join(folder, file)))
const {
  cases,
  baseline: start,
  steps,
}: { cases: readonly Case[]; baseline: number; steps: number } = JSON.parse(
  readFileSync(join(folder, 'cases.json'), 'utf8'),
)

function floats(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer)
}

const open = (network: string) => openModel(createNodeRuntime(), bytesOf(`${network}.onnx`))
const inputsOf = ({ network, inputs }: Case): Tensor[] =>
  inputs.map((name) => decodeNpy(bytesOf(`${network}.${name}.npy`)).tensor)

describe('the gradient of each output by each input is that of PyTorch', () => {
  it.each(cases)('$network: $value', async (known) => {
    const model = await open(known.network)
    const inputs = inputsOf(known)
    const { outputs } = await model.predict(inputs)
    const output = outputs.find(({ name }) => name === known.value)!
    expect(relativeDistance(output.tensor.data, floats(known.output))).toBeLessThan(1e-5)
    const weights = { dims: known.outputDims, data: floats(known.weights) as Tensor['data'] }
    const target = { value: known.value, weights, spec: '', label: '' }
    const explained = await model.explain(gradientRecipe, inputs, target)
    for (const [i, gradient] of known.gradients.entries()) {
      expect(relativeDistance(explained.outputs[i]!.data, floats(gradient))).toBeLessThan(1e-5)
    }
    await model.close()
  })
})

describe.each(cases)('$network: $value', (known) => {
  it.each(Object.keys(known.maps))('%s gives every input its map', async (methodId) => {
    const model = await open(known.network)
    const inputs = inputsOf(known)
    const { attribute: run, options } = findMethod(methodId)
    const weights = { dims: known.outputDims, data: floats(known.weights) as Tensor['data'] }
    const { maps } = await run({
      model,
      inputs,
      baseline: inputs.map(({ dims, data }) => ({ dims, data: data.map(() => start) })),
      target: { value: known.value, weights, spec: '', label: '' },
      options: { ...defaultOptions(options), ...(options.steps && { steps }) },
      seed: 0,
      signal: { throwIfAborted: () => {} },
      onProgress: () => {},
      attributeWith: () => Promise.reject(new Error('none of them builds on another method')),
    })
    await model.close()
    for (const [i, expected] of known.maps[methodId]!.entries()) {
      expect(relativeDistance(maps[i]!.data, floats(expected)), `input ${i}`).toBeLessThan(1e-4)
    }
  })
})

const SHORT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'expected-gradients': { samples: 2 },
  'integrated-gradients': { steps: 3 },
  occlusion: { window: 3, stride: 3 },
  smoothgrad: { samples: 2 },
}
/** What one of the two networks lacks: attention, or a dense layer right after the pooling. */
const LACKING = /no softmax attention|needs a network that ends in global average pooling/

/** They keep evidence in favour alone: where all of it speaks against the target, nothing is left. */
const POSITIVE = /cam|deconvnet|deep-taylor|excitation|guided/

describe('every method gives every input a map of its shape', () => {
  const targets = ['1-0', 'classes:1', 'age:0', 'tissue:1@predicted']
  describe.each(cases.map((known, i) => ({ ...known, target: targets[i]! })))(
    '$network, target $target',
    (known) => {
      it.each(attributionMethods.map(({ id }) => id))('%s', async (methodId) => {
        const model = await open(known.network)
        const inputs = inputsOf(known)
        const answer = await attribute(
          model,
          {
            methodId,
            options: SHORT[methodId] ?? {},
            inputs,
            baseline: inputs.map(zerosLike),
            target: known.target,
            seed: 0,
          },
          { signal: new AbortController().signal, onProgress: () => {} },
        ).catch((error: unknown) => error)
        await model.close()
        if (answer instanceof Error) return expect(answer.message).toMatch(LACKING)
        const { maps, scores, nonFinite, options } = answer as Awaited<ReturnType<typeof attribute>>
        expect(scores).toHaveLength(2)
        expect(maps.map(({ dims }) => dims.length)).toEqual(inputs.map(({ dims }) => dims.length))
        expect(nonFinite).toEqual(maps.map(() => 0))
        if (!findMethod(methodId).signed(options))
          for (const { data } of maps) expect(data.every((value) => value >= 0)).toBe(true)
        if (POSITIVE.test(methodId)) return
        const largest = Math.max(...maps.flatMap(({ data }) => Array.from(data, Math.abs)))
        expect(largest).toBeGreaterThan(0)
      })
    },
  )
})
