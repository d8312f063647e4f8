/** @file The generated case of every rule as a compiled graph, with what the native runtime says. */

import fc from 'fast-check'
import type { RuntimeTensor } from '../../engine/runtime.ts'
import { compileExplanation, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { traitsOf } from '../autodiff/lowering/provider-traits.ts'
import { encode } from '../onnx/codec.ts'
import { createFeeds, gradientRecipeOf, traceTypes } from './check-gradient.ts'
import { ruleCases } from './rule-cases/rule-cases.ts'
import { runModel } from './run-model.ts'
import { randomNumbers, tinyModel } from './tiny-models.ts'

export interface CompiledRule {
  readonly op: string
  /** In the forms for WebGPU, base64. */
  readonly model: string
  /** float32. */
  readonly feeds: Readonly<Record<string, PlainTensor>>
  /** By output: what the forms for the native runtime give there. */
  readonly expected: Readonly<Record<string, readonly number[]>>
}

export interface PlainTensor {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}

/** One case per rule, the same ones every time; plain data, so that a page can be handed it. */
export async function compileRules(): Promise<readonly CompiledRule[]> {
  const compiled: CompiledRule[] = []
  for (const [op, cases] of Object.entries(ruleCases)) {
    const [first] = fc.sample(cases, { numRuns: 1, seed: 11 })
    if (first) compiled.push(await compileRule(op, first.model, first.check ?? {}))
  }
  return compiled
}

async function compileRule(
  op: string,
  tiny: Parameters<typeof tinyModel>[0],
  check: Parameters<typeof createFeeds>[1],
): Promise<CompiledRule> {
  const model = tinyModel(tiny)
  const given = createFeeds(model, check)
  const types = await traceTypes(model, given)
  const target = model.graph.outputs[0]?.name ?? ''
  const dims = types.get(target)?.dims ?? []
  const length = dims.reduce((product, size) => product * size, 1)
  const data = Float32Array.from(randomNumbers(length, 51))
  const feeds = { ...given, [TARGET_WEIGHTS]: { dtype: 'float32', dims, data } as const }
  const recipe = gradientRecipeOf(undefined, 'standard')
  const [forGpu, native] = (['webgpu', 'native'] as const).map((id) =>
    compileExplanation({ model, types, target, recipe, traits: traitsOf(id) }),
  )
  if (!forGpu || !native) throw new Error(`${op} was not compiled`)
  const results = await runModel(native, feeds)
  const plain = ({ data: values }: RuntimeTensor) => Array.from(values, Number)
  return {
    op,
    model: Buffer.from(encode(forGpu)).toString('base64'),
    feeds: Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [
        name,
        { dims: tensor.dims, data: plain(tensor) },
      ]),
    ),
    expected: Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, plain(tensor)]),
    ),
  }
}
