/** @file Models from other frameworks than PyTorch: Keras networks (channels last) and scikit-learn's models. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gradientRecipe } from '../src/core/attribution/gradient.ts'
import { findMethod } from '../src/core/attribution/methods.ts'
import { parseOptions } from '../src/core/parse-options.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { openModel } from '../src/engine/open-model.ts'
import type { Runtime } from '../src/engine/runtime.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { relativeDistance } from './relative-distance.ts'

interface Case {
  readonly name: string
  /** Default: the model's first output of numbers. */
  readonly value?: string
  readonly inputDims: readonly number[]
  readonly outputDims: readonly number[]
  /** float32, little-endian, base64; so are the weights. */
  readonly input: string
  readonly weights: string
  /** float64, little-endian, base64. */
  readonly output: string
  readonly gradient: string
}

/** A map from dense algebra in float64; `value` may lie inside the network. */
interface MapCase {
  readonly framework: string
  readonly name: string
  readonly value: string
  readonly weightDims: readonly number[]
  readonly weights: string
  readonly method: string
  readonly options: Readonly<Record<string, string>>
  /** One number for all inputs. */
  readonly baseline: number
  /** float64. */
  readonly expected: string
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer

function tensor(dims: readonly number[], text: string): Tensor {
  return { dims, data: new Float32Array(bytesOf(text)) }
}

function doubles(text: string): Float32Array {
  return Float32Array.from(new Float64Array(bytesOf(text)))
}

/** The native runtime, given the graphs that a GPU would get. */
function withForms(of: 'native' | 'webgpu'): Runtime {
  const runtime = createNodeRuntime()
  return { ...runtime, provider: { ...runtime.provider, id: of } }
}

const fixtures = join(import.meta.dirname, 'fixtures')
const casesIn = (file: string) => JSON.parse(readFileSync(join(fixtures, file), 'utf8')).cases
const readModel = (framework: string, name: string) =>
  new Uint8Array(readFileSync(join(fixtures, framework, `${name}.onnx`)))

describe.each(['sklearn', 'tensorflow'])('%s', (framework) => {
  const cases: readonly Case[] = casesIn(`${framework}/cases.json`)
  const read = (name: string) => readModel(framework, name)

  describe.each(['native', 'webgpu'] as const)('in the forms for %s', (forms) => {
    it.each(cases)('$name', async (known) => {
      const model = await openModel(withForms(forms), read(known.name))
      const supported = model.summary.methods.filter(({ id }) => id === 'gradient')
      expect(supported).toEqual([{ id: 'gradient', supported: true, obstacle: null }])
      const inputs = [tensor(known.inputDims, known.input)]
      const { outputs } = await model.predict(inputs)
      const output = known.value ? outputs.find(({ name }) => name === known.value) : outputs[0]
      expect(output!.tensor.dims).toEqual(known.outputDims)
      expect(relativeDistance(output!.tensor.data, doubles(known.output))).toBeLessThan(1e-5)
      const weights = tensor(known.outputDims, known.weights)
      const target = { value: output!.name, weights, spec: '', label: '' }
      const explained = await model.explain(gradientRecipe, inputs, target)
      const distance = relativeDistance(explained.outputs[0]!.data, doubles(known.gradient))
      expect(distance).toBeLessThan(1e-5)
      await model.close()
    })
  })
})

describe.each(casesIn('foreign-maps.json') as readonly MapCase[])(
  '$framework $name: $method of $value',
  (known) => {
    it('is what dense algebra gives', async () => {
      const { framework, name, value, weightDims, weights } = known
      const stored: readonly Case[] = casesIn(`${framework}/cases.json`)
      const { inputDims, input } = stored.find((each) => each.name === name)!
      const model = await openModel(createNodeRuntime(), readModel(framework, name))
      const { attribute, options } = findMethod(known.method)
      const x = tensor(inputDims, input)
      const { maps } = await attribute({
        model,
        inputs: [x],
        baseline: [{ dims: x.dims, data: x.data.map(() => known.baseline) }],
        target: { value, weights: tensor(weightDims, weights), spec: '', label: '' },
        options: parseOptions(known.method, options, known.options),
        seed: 0,
        signal: { throwIfAborted: () => {} },
        onProgress: () => {},
        attributeWith: () => Promise.reject(new Error('none of them builds on another method')),
      })
      await model.close()
      expect(relativeDistance(maps[0]!.data, doubles(known.expected))).toBeLessThan(1e-4)
    })
  },
)
