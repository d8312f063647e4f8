/** @file Gradients that captum gives, literally or generated, on tiny networks. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canonicalise } from '../onnx/canonicalise.ts'
import { decode } from '../onnx/codec.ts'
import { upgradeOpset } from '../onnx/upgrade-opset.ts'
import { runGradient, traceTypes } from '../testing/check-gradient.ts'

/** Given by the machine that runs the tests; not part of the project. */
const FOLDER =
  process.env.SALISCOPE_REFERENCE_CASES ??
  join(import.meta.dirname, '../../../../shared/reference/cases')
const METHODS = ['GuidedBackprop', 'InputXGradient', 'NeuronGradient', 'Saliency']

type Nested = number | readonly Nested[]
interface Case {
  readonly id: string
  readonly model: string
  readonly method: string
  readonly params: { readonly layer?: string; readonly neuron?: readonly number[] }
  readonly inputs: readonly Nested[]
  readonly target: number | readonly number[] | null
  readonly expected: readonly Nested[]
  readonly library_value: readonly Nested[] | null
  readonly tolerance: { readonly mode: 'max_abs' | 'sum_abs'; readonly value: number }
  readonly onnx: string
}
interface CaseFile {
  readonly models: Readonly<
    Record<string, { readonly captum_layer_to_tensor?: Readonly<Record<string, string>> }>
  >
  readonly cases: readonly Case[]
}

const path = `${FOLDER}/cases.json`
const file: CaseFile = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { models: {}, cases: [] }
const cases = file.cases.filter((each) => METHODS.includes(each.method))

test.skipIf(cases.length > 0)('reference cases (skipped: their folder is not here)', (context) => {
  context.skip()
})

test.each(cases.map((each) => [each.id, each] as const))('%s', async (_, each) => {
  const model = canonicalise(
    upgradeOpset(decode(new Uint8Array(readFileSync(`${FOLDER}/onnx/${each.onnx}`)))),
  )
  const feeds = Object.fromEntries(
    model.graph.inputs.map((input, i) => {
      const dims = shapeOf(each.inputs[i]!)
      return [
        input.name,
        { dtype: 'float32', dims, data: Float32Array.from(flat(each.inputs[i]!)) },
      ]
    }),
  ) as Parameters<typeof runGradient>[0]['feeds']
  const layers = file.models[each.model]?.captum_layer_to_tensor ?? {}
  const target = each.params.layer ? layers[each.params.layer]! : model.graph.outputs[0]!.name
  const outputDims = await shapeOfValue(model, feeds, target)
  const { gradients } = await runGradient({
    model,
    feeds,
    target,
    weights: oneHot(outputDims, each.params.neuron ?? each.target),
    rules: each.method === 'GuidedBackprop' ? 'guided-backprop' : 'standard',
  })
  const wanted = each.library_value ?? each.expected
  for (const [i, gradient] of gradients.entries()) {
    const input = flat(each.inputs[i]!)
    const map = Array.from(gradient.data, Number).map((slope, j) =>
      each.method === 'InputXGradient' ? slope * input[j]! : slope,
    )
    const differences = flat(wanted[i]!).map((value, j) => Math.abs(value - map[j]!))
    const error =
      each.tolerance.mode === 'sum_abs'
        ? differences.reduce((sum, value) => sum + value, 0)
        : Math.max(...differences)
    expect(error).toBeLessThanOrEqual(each.tolerance.value)
  }
})

async function shapeOfValue(
  model: Parameters<typeof traceTypes>[0],
  feeds: Parameters<typeof traceTypes>[1],
  name: string,
) {
  const types = await traceTypes(model, feeds)
  return types.get(name)!.dims
}

/** 1 at the target of every row; everywhere for a network with one value per row. */
function oneHot(dims: readonly number[], target: number | readonly number[] | null): number[] {
  const [rows = 1, ...rest] = dims
  const columns = rest.reduce((product, size) => product * size, 1)
  const strides = rest.map((_, axis) => rest.slice(axis + 1).reduce((a, b) => a * b, 1))
  const single = (row: number) => {
    if (typeof target === 'number') return target * (strides[0] ?? 1)
    const list = target ?? []
    // A list is one index per axis of a neuron, or one class per row.
    if (list.length === rest.length) return list.reduce((sum, k, i) => sum + k * strides[i]!, 0)
    return list[row] ?? 0
  }
  return Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns)
    return target === null || i % columns === single(row) ? 1 : 0
  })
}

function flat(nested: Nested): number[] {
  return typeof nested === 'number' ? [nested] : nested.flatMap(flat)
}

function shapeOf(nested: Nested): number[] {
  if (typeof nested === 'number') return []
  return [nested.length, ...(nested[0] === undefined ? [] : shapeOf(nested[0]))]
}
