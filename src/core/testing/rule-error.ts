/** @file Compiles the gradient of a small model in every provider's form, and compares it with the model itself. */

import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from '../autodiff/gradient-graph.ts'
import { type ProviderTraits, traitsOf } from '../autodiff/lowering/provider-traits.ts'
import { encode } from '../onnx/codec.ts'
import type { Model } from '../onnx/ir.ts'
import { createFeeds, type GradientCheck, gradientRecipeOf, traceTypes } from './check-gradient.ts'
import { excessSlope, type Sample } from './numeric-derivative.ts'
import { count, randomNumbers } from './tiny-models.ts'

const runtime = createNodeRuntime({ threads: 1 })
const DIRECTIONS = [0, 1, 2]
const STEPS = 4
const EPSILON = 2 ** -23

/**
 * Largest disagreement between the gradient in each of the given forms and the model itself, along
 * three random directions of every input: what |d/dt (f - g.x)| is above the rounding of f, in parts of
 * |v| |g| / sqrt(n). That is what g.v is for a random v, so that the error is that of g itself. Also:
 * that the scores are the model's output.
 */
export async function ruleErrors(
  model: Model,
  check: GradientCheck,
  forms: readonly ProviderTraits['id'][],
): Promise<readonly number[]> {
  const { step = 0.03, seed = 1 } = check
  const feeds = createFeeds(model, check)
  const [{ name: output } = { name: '' }] = model.graph.outputs
  const session = await runtime.createSession(encode(model))
  const y = (await session.run(feeds, [output]))[output]
  const values = Array.from(y?.data ?? [], Number)
  const weights = randomNumbers(values.length, seed + 50)
  const weigh = (data: ArrayLike<number | bigint>) =>
    weights.reduce((sum, w, i) => sum + w * Number(data[i]), 0)
  const noise = (8 * EPSILON * Math.hypot(...weights.map((w, i) => w * (values[i] ?? 0)))) / step

  const types = await traceTypes(model, feeds)
  const dims = types.get(output)?.dims ?? []
  const recipe = gradientRecipeOf(undefined, 'standard')
  const fed = {
    ...feeds,
    [TARGET_WEIGHTS]: { dtype: 'float32', dims, data: Float32Array.from(weights) } as const,
  }
  const runs = new Map<string, Promise<GradientRun>>()
  const gradients = await Promise.all(
    forms.map((form) => {
      const traits = traitsOf(form)
      const compiled = compileExplanation({ model, types, target: output, recipe, traits })
      const bytes = encode(compiled)
      // Most rules have one form.
      const key = Buffer.from(bytes).toString('latin1')
      const run = runs.get(key) ?? runGradients(compiled, bytes, fed)
      runs.set(key, run)
      return run
    }),
  )

  const explained = weigh(values)
  const worst = gradients.map(
    ({ score }) => Math.abs(score - explained) / (Math.abs(explained) + 1),
  )
  for (const [index, { name }] of model.graph.inputs.entries()) {
    const x = feeds[name]
    if (!x || x.data.length === 0) continue
    const evaluate = async (data: Float32Array<ArrayBuffer>) => {
      const moved = await session.run({ ...feeds, [name]: { ...x, data } }, [output])
      return weigh(moved[output]?.data ?? [])
    }
    for (const shift of DIRECTIONS) {
      const direction = randomNumbers(count(x.dims), seed + 1000 + shift)
      const samples = await sample(evaluate, Array.from(x.data, Number), direction, step)
      for (const [form, { maps }] of gradients.entries()) {
        const own = maps[index]
        const gradient = own?.dims.join() === x.dims.join() ? own.numbers : []
        const scale =
          (Math.hypot(...direction) * Math.hypot(...gradient)) / Math.sqrt(count(x.dims))
        const excess = Math.abs(excessSlope(samples, gradient)) - noise
        const error = Math.max(0, excess) / (scale + 1e-12)
        // A gradient of another shape, or one that is not a number.
        const isValid = gradient.length > 0 && !Number.isNaN(error)
        worst[form] = isValid ? Math.max(worst[form] ?? 0, error) : Number.POSITIVE_INFINITY
      }
    }
  }
  await session.release()
  return worst
}

interface GradientRun {
  readonly score: number
  readonly maps: readonly { readonly dims: readonly number[]; readonly numbers: number[] }[]
}

async function runGradients(
  compiled: Model,
  bytes: Uint8Array<ArrayBuffer>,
  feeds: ReturnType<typeof createFeeds>,
): Promise<GradientRun> {
  const session = await runtime.createSession(bytes)
  const names = compiled.graph.outputs.map(({ name }) => name)
  const results = await session.run(feeds, names)
  await session.release()
  const numbers = (name: string) => Array.from(results[name]?.data ?? [], Number)
  return {
    score: numbers(SCORES).reduce((sum, value) => sum + value, 0),
    maps: names
      .filter((name) => name !== SCORES)
      .map((name) => ({ dims: results[name]?.dims ?? [], numbers: numbers(name) })),
  }
}

/** The function to both sides of x, from the largest step on, each half the one before. */
async function sample(
  evaluate: (x: Float32Array<ArrayBuffer>) => Promise<number>,
  x: readonly number[],
  direction: readonly number[],
  step: number,
): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (let i = 0; i < STEPS; i++) {
    const h = step / 2 ** i
    const at = (sign: number) =>
      Float32Array.from(x, (value, place) => value + sign * h * (direction[place] ?? 0))
    const [plus, minus] = [at(1), at(-1)]
    const rise = (await evaluate(plus)) - (await evaluate(minus))
    const way = Array.from(plus, (value, place) => value - (minus[place] ?? 0))
    samples.push({ h, rise, way })
  }
  return samples
}
