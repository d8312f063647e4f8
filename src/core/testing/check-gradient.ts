/** @file Compiles a model's gradient, runs it, and compares it with central differences. */

import type { RuntimeTensor } from '../../engine/runtime.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { traitsOf } from '../autodiff/lowering/provider-traits.ts'
import type { ExplanationRecipe, RuleSet } from '../autodiff/recipe.ts'
import { encode } from '../onnx/codec.ts'
import type { Model, ValueTypes } from '../onnx/ir.ts'
import {
  RANKS_OUTPUT,
  readValueTypes,
  SIZES_OUTPUT,
  withShapeOutputs,
} from '../onnx/value-types.ts'
import { directionalDerivative } from './numeric-derivative.ts'
import { count, distinctNumbers, randomNumbers } from './tiny-models.ts'

export type Feeds = Readonly<Record<string, RuntimeTensor>>
export type Provider = 'native' | 'webgpu'

export interface GradientRun {
  readonly scores: readonly number[]
  /** One per requested value. */
  readonly gradients: readonly RuntimeTensor[]
}

const runtime = createNodeRuntime({ threads: 1 })

/** Static types of a model's values, traced on these inputs. */
export async function traceTypes(model: Model, feeds: Feeds): Promise<ValueTypes> {
  // With sizes left open the runtime cannot answer from its (sometimes wrong) static inference.
  const inputs = model.graph.inputs.map((info) => ({
    ...info,
    dims: info.dims?.map(() => null) ?? null,
  }))
  const open = { ...model, graph: { ...model.graph, inputs } }
  const session = await runtime.createSession(encode(withShapeOutputs(open)))
  const results = await session.run(feeds, [RANKS_OUTPUT, SIZES_OUTPUT])
  await session.release()
  const read = (name: string) => results[name]?.data as BigInt64Array
  return readValueTypes(model, { ranks: read(RANKS_OUTPUT), sizes: read(SIZES_OUTPUT) })
}

export interface GradientRequest {
  readonly model: Model
  readonly feeds: Feeds
  /** Default: the model's first output. */
  readonly target?: string
  readonly weights: readonly number[]
  /** Values whose gradient is wanted; default: the inputs. */
  readonly of?: readonly string[]
  readonly provider?: Provider
  readonly rules?: RuleSet
}

/** The recipe that returns plain gradients. */
export function gradientRecipeOf(
  of: readonly string[] | undefined,
  rules: RuleSet,
): ExplanationRecipe {
  return {
    key: 'test',
    rules,
    emit: ({ g, inputs, value, gradients }) =>
      gradients(of ? of.map((name) => value(name)) : inputs).map((gradient, i) =>
        g.rename(gradient, `gradient.${i}`),
      ),
  }
}

/** The gradient's graph for a provider, and the sizes of the explained value. */
export async function compileGradient(request: Omit<GradientRequest, 'weights'>) {
  const { model, feeds, of, provider = 'native', rules = 'standard' } = request
  const target = request.target ?? model.graph.outputs[0]?.name ?? ''
  const types = await traceTypes(model, feeds)
  const compiled = compileExplanation({
    model,
    types,
    target,
    recipe: gradientRecipeOf(of, rules),
    traits: traitsOf(provider),
  })
  return { compiled, dims: types.get(target)?.dims ?? [] }
}

/** Compiles for a provider (every form runs on the CPU too) and runs the graph. */
export async function runGradient(request: GradientRequest): Promise<GradientRun> {
  const { feeds, weights } = request
  const { compiled, dims } = await compileGradient(request)
  const session = await runtime.createSession(encode(compiled))
  const names = compiled.graph.outputs.map((output) => output.name)
  const data = Float32Array.from(weights)
  const fed = { ...feeds, [TARGET_WEIGHTS]: { dtype: 'float32', dims, data } as const }
  const results = await session.run(fed, names)
  await session.release()
  const scores = Array.from(results[SCORES]?.data ?? [], Number)
  const gradients = names.filter((name) => name !== SCORES).flatMap((name) => results[name] ?? [])
  return { scores, gradients }
}

/** Largest difference between the native and the WebGPU form's first gradient, over the largest entry. */
export async function formDifference(request: Omit<GradientRequest, 'provider'>): Promise<number> {
  const gradientOf = async (provider: Provider) => {
    const { gradients } = await runGradient({ ...request, provider })
    return Array.from(gradients[0]?.data ?? [], Number)
  }
  const native = await gradientOf('native')
  const plain = await gradientOf('webgpu')
  const scale = Math.max(...plain.map(Math.abs))
  return Math.max(...plain.map((x, i) => Math.abs((native[i] ?? Number.NaN) - x))) / scale
}

export interface GradientCheck {
  /** `distinct` keeps entries far apart (maxima); `positive` avoids poles; default: uniform. */
  readonly values?: 'distinct' | 'positive' | 'uniform'
  /** Distance of distinct entries. */
  readonly gap?: number
  /** Times every entry. */
  readonly factor?: number
  /** Added to every entry. */
  readonly shift?: number
  readonly step?: number
  readonly seed?: number
  readonly provider?: Provider
}

/** Deterministic float feeds for every input of a model with static dims. */
export function createFeeds(
  model: Model,
  { values = 'uniform', gap = 0.02, factor = 1, shift = 0, seed = 1 }: GradientCheck,
): Feeds {
  return Object.fromEntries(
    model.graph.inputs.map(({ name, dims }, index) => {
      const sizes = (dims ?? []).map((size) => (typeof size === 'number' ? size : 1))
      const length = count(sizes)
      const own = seed + 100 * index
      const numbers =
        values === 'distinct' ? distinctNumbers(length, own, gap) : randomNumbers(length, own)
      const data = Float32Array.from(
        numbers,
        (x) => (values === 'positive' ? 0.3 + Math.abs(x) : x) * factor + shift,
      )
      return [name, { dtype: 'float32', dims: sizes, data } as const]
    }),
  )
}

/**
 * Largest relative disagreement, over the inputs and three random directions, between the compiled
 * gradient and central differences of the model itself: |a - b| / (|v| * |gradient| + 1e-3); and
 * between the scores and the model's own output.
 */
export async function gradientError(model: Model, check: GradientCheck = {}): Promise<number> {
  const { step = 4e-3, seed = 1, provider = 'native' } = check
  const feeds = createFeeds(model, check)
  const output = model.graph.outputs[0]?.name ?? ''
  const session = await runtime.createSession(encode(model))
  const y = (await session.run(feeds, [output]))[output]
  const weights = randomNumbers(y?.data.length ?? 0, seed + 50)
  const { gradients, scores } = await runGradient({ model, feeds, weights, provider })
  const explained = weights.reduce((sum, w, i) => sum + w * Number(y?.data[i]), 0)
  const total = scores.reduce((sum, score) => sum + score, 0)
  let worst = Math.abs(total - explained) / (Math.abs(explained) + 1)
  for (const [index, { name }] of model.graph.inputs.entries()) {
    const x = feeds[name]
    const gradient = gradients[index]
    if (!x || !gradient || gradient.dims.join() !== x.dims.join()) return Number.POSITIVE_INFINITY
    const evaluate = async (data: Float32Array<ArrayBuffer>) => {
      const moved = await session.run({ ...feeds, [name]: { ...x, data } }, [output])
      return weights.reduce((sum, w, i) => sum + w * Number(moved[output]?.data[i]), 0)
    }
    for (const direction of directions(x.data.length, seed)) {
      const numeric = await directionalDerivative({ step, evaluate }, toNumbers(x), direction)
      const analytic = direction.reduce((sum, v, i) => sum + v * Number(gradient.data[i]), 0)
      const scale = norm(direction) * norm(toNumbers(gradient)) + 1e-3
      const error = Math.abs(numeric - analytic) / scale
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
    }
  }
  await session.release()
  return worst
}

function directions(length: number, seed: number): number[][] {
  return [0, 1, 2].map((i) => randomNumbers(length, seed + 1000 + i))
}

function toNumbers({ data }: RuntimeTensor): number[] {
  return Array.from(data, Number)
}

function norm(values: readonly number[]): number {
  return Math.hypot(...values)
}
