/** @file Maps that captum gives, literally or generated, on tiny networks; relevance cases are elsewhere. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attribute } from '../../engine/attribute.ts'
import { openModel } from '../../engine/open-model.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { findMethod } from '../attribution/methods.ts'
import { canonicalise } from '../onnx/canonicalise.ts'
import { decode } from '../onnx/codec.ts'
import { upgradeOpset } from '../onnx/upgrade-opset.ts'
import { parseOptions } from '../parse-options.ts'
import type { Tensor } from '../tensor/tensor.ts'
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
  readonly params: {
    readonly layer?: string
    readonly neuron?: readonly number[]
    readonly interpolate_mode?: string
    readonly method?: string
    readonly multiply_by_inputs?: boolean
    readonly n_steps?: number
    readonly relu_attributions?: boolean
    readonly sliding_window_shapes?: readonly (number | readonly number[])[]
    readonly strides?: readonly number[]
  }
  readonly inputs: readonly Nested[]
  /** null: zeros. */
  readonly baselines: readonly Nested[] | null
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

/** Cases that are a method of their own here, run as the command line runs it. */
const ids: Readonly<Record<string, string>> = {
  Deconvolution: 'deconvnet',
  DeepLift: 'deeplift',
  GuidedBackprop: 'guided-backprop',
  GuidedGradCam: 'guided-grad-cam',
  InputXGradient: 'input-x-gradient',
  IntegratedGradients: 'integrated-gradients',
  LayerGradCam: 'grad-cam',
  NeuronIntegratedGradients: 'integrated-gradients',
  Occlusion: 'occlusion',
  Saliency: 'gradient',
}
/** captum's Grad-CAM of a dense layer sums products without space; here the layer must have space. */
const WITHOUT_SPACE = 'gradcam_linear0'

const known = file.cases.filter(({ id, method }) => ids[method] && id !== WITHOUT_SPACE)

describe.skipIf(known.length === 0)('as methods', () => {
  const runtime = createNodeRuntime({ threads: 1 })

  test.each(known.map((each) => [each.id, each] as const))('%s', async (_, each) => {
    const model = await openModel(
      runtime,
      new Uint8Array(readFileSync(`${FOLDER}/onnx/${each.onnx}`)),
    )
    const inputs = each.inputs.map(tensorOf)
    const baseline = inputs.map((input, i) => baselineOf(each.baselines?.[i] ?? 0, input))
    const method = findMethod(ids[each.method]!)
    const layers = file.models[each.model]?.captum_layer_to_tensor ?? {}
    const layer = layers[each.params.layer ?? '']
    const { maps } = await attribute(
      model,
      {
        methodId: method.id,
        options: parseOptions(method.id, method.options, optionsOf(each, inputs)),
        inputs,
        baseline,
        target: targetOf(each, layer),
        seed: 0,
        ...(method.needs.layer && layer !== undefined && { layer }),
      },
      { signal: { throwIfAborted() {} }, onProgress: () => {} },
    )
    await model.close()
    const wanted = each.library_value ?? each.expected
    for (const [i, nested] of wanted.entries()) {
      const map = Array.from(maps[i]!.data, (value, j) => {
        if (each.params.multiply_by_inputs !== false) return value
        return value / (inputs[i]!.data[j]! - baseline[i]!.data[j]!)
      })
      expect(maps[i]!.dims).toEqual(shapeOf(nested))
      // The trapezoid's weights sum to (n - 1) / n there, and to 1 here.
      const n = each.params.n_steps ?? 1
      const scale = each.params.method === 'riemann_trapezoid' ? n / (n - 1) : 1
      const differences = flat(nested).map((value, j) => Math.abs(value * scale - map[j]!))
      const error =
        each.tolerance.mode === 'sum_abs'
          ? differences.reduce((total, value) => total + value, 0)
          : Math.max(...differences)
      expect(error).toBeLessThanOrEqual(each.tolerance.value)
    }
  })
})

/** captum's parameters in the words of the command line. */
function optionsOf(
  { method, params }: Case,
  inputs: readonly Tensor[],
): Readonly<Record<string, string>> {
  switch (method) {
    case 'GuidedGradCam':
      return { upsample: params.interpolate_mode ?? 'nearest' }
    case 'IntegratedGradients':
    case 'NeuronIntegratedGradients':
      return {
        steps: String(params.n_steps),
        quadrature: (params.method ?? '').replace('gaussl', 'gauss-l').replace('_', '-'),
      }
    case 'LayerGradCam':
      return { upsample: 'none', relu: String(params.relu_attributions ?? false) }
    case 'Occlusion': {
      // Theirs starts with the channels where there are any; ours has space alone.
      const rank = inputs[0]!.dims.length
      const [first = 1] = params.sliding_window_shapes ?? []
      const sizes = typeof first === 'number' ? (params.sliding_window_shapes ?? []) : first
      const space = (list: readonly unknown[]) => list.slice(rank > 2 ? 1 : 0).join(',')
      return { window: space(sizes), stride: params.strides ? space(params.strides) : '1' }
    }
    default:
      return {}
  }
}

function targetOf({ method, params, target }: Case, layer: string | undefined): string {
  if (method === 'NeuronIntegratedGradients') return `${layer}:${params.neuron?.join(',')}`
  if (target === null) return ''
  return typeof target === 'number' ? String(target) : target.join(';')
}

function tensorOf(nested: Nested): Tensor {
  return { dims: shapeOf(nested), data: Float32Array.from(flat(nested)) }
}

/** One number, one row for all, or one per row. */
function baselineOf(nested: Nested, { dims, data }: Tensor): Tensor {
  const numbers = flat(nested)
  return { dims, data: data.map((_, i) => numbers[i % numbers.length] ?? 0) }
}

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
