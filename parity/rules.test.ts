/** @file Every gradient rule against PyTorch autograd, on operators that PyTorch itself exported. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { gradientRecipe } from '../src/core/attribution/gradient.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { openModel } from '../src/engine/open-model.ts'
import type { Runtime } from '../src/engine/runtime.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { relativeDistance } from './relative-distance.ts'

interface Case {
  readonly name: string
  readonly operators: readonly string[]
  readonly inputDims: readonly number[]
  readonly outputDims: readonly number[]
  /** float32, little-endian, base64; so are the rest. */
  readonly input: string
  readonly output: string
  readonly weights: string
  readonly gradient: string
}

const folder = join(import.meta.dirname, 'fixtures/rules')
const { cases }: { cases: readonly Case[] } = JSON.parse(
  readFileSync(join(folder, 'cases.json'), 'utf8'),
)

function tensor(dims: readonly number[], text: string): Tensor {
  return { dims, data: new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer) }
}

/** The native runtime, given the graphs that a GPU would get. */
function withForms(of: 'native' | 'webgpu'): Runtime {
  const runtime = createNodeRuntime()
  return { ...runtime, provider: { ...runtime.provider, id: of } }
}

let worst = 0
afterAll(() => {
  const operators = new Set(cases.flatMap((known) => known.operators))
  console.log(
    `${cases.length} cases, ${operators.size} operators: largest relative distance ${worst.toExponential(1)}`,
  )
})

describe.each(['native', 'webgpu'] as const)('in the forms for %s', (forms) => {
  it.each(cases)('$name', async (known) => {
    const model = await openModel(
      withForms(forms),
      new Uint8Array(readFileSync(join(folder, `${known.name}.onnx`))),
    )
    const inputs = [tensor(known.inputDims, known.input)]
    const { outputs } = await model.predict(inputs)
    const reference = tensor(known.outputDims, known.output)
    expect(relativeDistance(outputs[0]!.tensor.data, reference.data)).toBeLessThan(1e-5)
    const weights = tensor(known.outputDims, known.weights)
    const target = { value: outputs[0]!.name, weights, spec: '', label: '' }
    const explained = await model.explain(gradientRecipe, inputs, target)
    const expected = tensor(known.inputDims, known.gradient)
    const distance = relativeDistance(explained.outputs[0]!.data, expected.data)
    worst = Math.max(worst, distance)
    expect(distance).toBeLessThan(1e-5)
    await model.close()
  })
})
