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
    readonly feature_mask?: Nested
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
  FeatureAblation: 'occlusion',
  GuidedBackprop: 'guided-backprop',
  GuidedGradCam: 'guided-grad-cam',
  InputXGradient: 'input-x-gradient',
  IntegratedGradients: 'integrated-gradients',
  LayerGradCam: 'grad-cam',
  LayerGradientXActivation: 'hires-cam',
  NeuronIntegratedGradients: 'integrated-gradients',
  Occlusion: 'occlusion',
  Saliency: 'gradient',
}
const GROUPED = 'hides groups of inputs that a mask names; occlusion hides windows'
const OF_A_LAYER = 'an attribution to the units of a layer along a path; ours go to the inputs'
const SHAPLEY = 'Shapley values by sampling or in full are not among our methods'

/** The cases that are none of ours, and why. */
const OUTSIDE: Readonly<Record<string, string>> = {
  cond_relu: OF_A_LAYER,
  fa_multi_mask: GROUPED,
  fa_multi_mask_base: GROUPED,
  infid_sens2_IG: 'a metric, infidelity, that is not among ours',
  intinf_baseline: OF_A_LAYER,
  kshap_simple: SHAPLEY,
  shapley_batch: SHAPLEY,
  shapley_mask: SHAPLEY,
  zennit_tiny3d_avg_ExcitationBackprop:
    'counts biases; compared without them in parity/lrp.test.ts',
}

const known = file.cases.filter(({ id, method }) => ids[method] && !OUTSIDE[id])

test.skipIf(cases.length === 0)('every case is run, or named as none of ours with a reason', () => {
  const isRun = ({ method }: Case) =>
    METHODS.includes(method) || ids[method] !== undefined || isRelevance(method)
  const left = file.cases.filter((each) => !isRun(each) || OUTSIDE[each.id] !== undefined)
  expect(left.map(({ id }) => id).sort()).toEqual(Object.keys(OUTSIDE).sort())
})

/** Run by relevance/reference-cases.test.ts. */
function isRelevance(method: string): boolean {
  return method.startsWith('LRP') || method.startsWith('composite:')
}

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
    for (const [i, nested] of wantedOf(each).entries()) {
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
    case 'FeatureAblation':
      return { window: '1', stride: '1' }
    case 'GuidedGradCam':
      return { upsample: params.interpolate_mode ?? 'nearest' }
    case 'IntegratedGradients':
    case 'NeuronIntegratedGradients':
      return {
        steps: String(params.n_steps),
        quadrature: (params.method ?? '').replace('gaussl', 'gauss-l').replace('_', '-'),
      }
    case 'LayerGradientXActivation':
      return { upsample: 'none', relu: 'false' }
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

/** HiResCAM is captum's gradient times activation, summed over the channels. */
function wantedOf({ method, expected, library_value }: Case): readonly Nested[] {
  const wanted = library_value ?? expected
  if (method !== 'LayerGradientXActivation') return wanted
  return wanted.map((rows) => lists(rows).map((channels) => [lists(channels).reduce(addNested)]))
}

function lists(nested: Nested): readonly Nested[] {
  return typeof nested === 'number' ? [nested] : nested
}

function addNested(a: Nested, b: Nested): Nested {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  return lists(a).map((one, i) => addNested(one, lists(b)[i] ?? 0))
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
