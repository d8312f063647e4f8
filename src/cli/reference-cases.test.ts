/** @file What captum and pytorch-grad-cam give on tiny networks, asked of the built command. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, createWorkbench } from './testing/built-command.ts'
import { npy, readNpy } from './testing/npy-bytes.ts'

/** Given by the machine that runs the tests; not part of the project. */
const folder =
  process.env.SALISCOPE_REFERENCE_CASES ??
  join(import.meta.dirname, '../../../shared/reference/cases')

type Nested = number | readonly Nested[]
interface Case {
  readonly id: string
  readonly model: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly inputs: readonly Nested[]
  readonly baselines: readonly Nested[] | null
  readonly target: number | readonly number[] | null
  readonly expected: readonly Nested[]
  readonly library_value: readonly Nested[] | null
  readonly tolerance: { readonly mode: 'max_abs' | 'sum_abs'; readonly value: number }
}
interface CamCase {
  readonly id: string
  readonly model: string
  readonly layer: string
  readonly method: string
  readonly target: number
  readonly input: Nested
  readonly raw_cam: Nested
}
interface CaseFile {
  readonly models: Readonly<
    Record<
      string,
      {
        readonly inputs: readonly { readonly name: string }[]
        readonly captum_layer_to_tensor?: Readonly<Record<string, string>>
      }
    >
  >
  readonly cases: readonly Case[]
  readonly cam_cases: readonly CamCase[]
}

const path = join(folder, 'cases.json')
const file: CaseFile = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { models: {}, cases: [], cam_cases: [] }
const covered = [
  ...file.cases.filter(({ method }) => argumentsOf(method, {}) !== null),
  ...file.cam_cases.filter(({ method }) => method === 'GradCAM').map(fromCam),
]

const bench = createWorkbench()
beforeAll(buildCommand)
afterAll(bench.remove)

it.skipIf(covered.length > 0)('reference cases (skipped: their folder is not here)', (context) => {
  context.skip()
})

describe.each(covered)('$id ($method)', (known) => {
  it('gives the same map', async () => {
    const names = file.models[known.model]!.inputs.map(({ name }) => name)
    const layers = file.models[known.model]!.captum_layer_to_tensor ?? {}
    const { layer, neuron } = known.params
    const target =
      neuron === undefined
        ? targetOf(known.target)
        : [`--target=${layers[String(layer)]}:${String(neuron)}`]
    const report = await bench.json(
      'explain',
      ...['--model', join(folder, 'onnx', `${known.model}.onnx`)],
      ...filesOf('input', known.id, names, known.inputs),
      ...(known.baselines ? baselinesOf(known, names) : []),
      ...argumentsOf(known.method, known.params)!,
      ...(layer !== undefined && neuron === undefined ? ['--layer', layers[String(layer)]!] : []),
      ...target,
      ...['--output', `${known.id}.npy`],
    )
    const wanted = known.library_value ?? known.expected
    for (const [i, expected] of wanted.entries()) {
      const name = names.length === 1 ? `${known.id}.npy` : `${known.id}.${names[i]}.npy`
      const { values } = readNpy(readFileSync(join(bench.folder, name)))
      const scale = scaleOf(known, i)
      const differences = flat(expected).map((value, j) =>
        Math.abs(value - (values[j] ?? Number.NaN) * scale(j)),
      )
      expect(values).toHaveLength(differences.length)
      const error =
        known.tolerance.mode === 'sum_abs'
          ? differences.reduce((sum, value) => sum + value, 0)
          : Math.max(...differences)
      expect(error, JSON.stringify(report)).toBeLessThanOrEqual(known.tolerance.value)
    }
  })
})

/** What the library calls this method and its parameters, in our words; null = not ours. */
function argumentsOf(method: string, params: Case['params']): readonly string[] | null {
  const option = (name: string, value: unknown) => ['--option', `${name}=${String(value)}`]
  switch (method) {
    case 'Saliency':
      return ['--method', params.abs === false ? 'gradient' : 'saliency']
    case 'NeuronGradient':
      return ['--method', 'gradient']
    case 'InputXGradient':
      return ['--method', 'input-x-gradient']
    case 'GuidedBackprop':
      return ['--method', 'guided-backprop']
    case 'IntegratedGradients':
    case 'NeuronIntegratedGradients': {
      const name = String(params.method).replace('_', '-')
      const quadrature = name === 'gausslegendre' ? 'gauss-legendre' : name
      return [
        ...['--method', 'integrated-gradients'],
        ...option('steps', params.n_steps),
        ...option('quadrature', quadrature),
      ]
    }
    case 'Occlusion': {
      const strides = params.strides ?? [1]
      return [
        ...['--method', 'occlusion'],
        ...option('window', extent(params.sliding_window_shapes)),
        ...option('stride', extent(strides)),
      ]
    }
    case 'LayerGradCam':
      return ['--method', 'grad-cam', ...option('relu', false), ...option('upsample', 'none')]
    default:
      return null
  }
}

/** Without the axis of the channels, whose windows here hold all of them. */
function extent(shape: unknown): string {
  const sizes = (Array.isArray(shape) ? shape : [shape]).flat().map(Number)
  return sizes.length > 2 ? sizes.slice(1).join(',') : String(sizes[0])
}

function targetOf(target: Case['target']): readonly string[] {
  if (target === null) return []
  return ['--target', typeof target === 'number' ? String(target) : target.join(';')]
}

function filesOf(
  argument: string,
  id: string,
  names: readonly string[],
  tensors: readonly Nested[],
): readonly string[] {
  return tensors.flatMap((tensor, i) => {
    const saved = bench.put(
      `${id}.${argument}.${i}.npy`,
      npy(shapeOf(tensor), flat(tensor), i % 2 === 0 ? '<f4' : '<f8'),
    )
    return [`--${argument}`, names.length === 1 ? saved : `${names[i]}=${saved}`]
  })
}

/** Numbers stand for a tensor filled with them. */
function baselinesOf({ id, baselines }: Case, names: readonly string[]): readonly string[] {
  if (!baselines?.every((baseline) => typeof baseline === 'number'))
    return filesOf('baseline', id, names, baselines ?? [])
  return baselines.flatMap((value, i) => [
    '--baseline',
    names.length === 1 ? String(value) : `${names[i]}=${String(value)}`,
  ])
}

/** Where the library's map is another multiple of the same thing. */
function scaleOf({ params, inputs, baselines }: Case, input: number): (j: number) => number {
  // Its trapezoid's weights sum to (n - 1) / n; ours to 1.
  if (params.method === 'riemann_trapezoid') {
    const steps = Number(params.n_steps)
    return () => (steps - 1) / steps
  }
  if (params.multiply_by_inputs !== false) return () => 1
  const x = flat(inputs[input]!)
  const start = flat(baselines![input]!)
  return (j) => 1 / (x[j]! - (start[j] ?? 0))
}

function fromCam({ id, model, layer, method, target, input, raw_cam }: CamCase): Case {
  return {
    ...{ id, model, target, inputs: [input], expected: [raw_cam] },
    method: method === 'GradCAM' ? 'LayerGradCam' : method,
    params: { layer },
    baselines: null,
    library_value: null,
    tolerance: { mode: 'max_abs', value: 1e-4 },
  }
}

function flat(nested: Nested): number[] {
  return typeof nested === 'number' ? [nested] : nested.flatMap(flat)
}

function shapeOf(nested: Nested): number[] {
  if (typeof nested === 'number') return []
  return [nested.length, ...(nested[0] === undefined ? [] : shapeOf(nested[0]))]
}
