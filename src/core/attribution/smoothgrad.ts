/** @file SmoothGrad and its squared, variance and magnitude forms (Smilkov et al., 2017). */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { defaultOptions } from '../parse-options.ts'
import { divide } from '../tensor/arithmetic.ts'
import { createRandom } from '../tensor/random.ts'
import { type AnyMethod, defineMethod } from './method.ts'
import { noisePerRow, withNoise } from './noisy-copies.ts'

const aggregates = ['mean', 'mean-square', 'variance', 'mean-magnitude'] as const
type Aggregate = (typeof aggregates)[number]

/**
 * SmoothGrad over the back-propagation methods among `methods`: the aggregate over `samples` copies
 * of the input with normal noise, sigma = noise * (max - min), of each batch row of each input by
 * itself. `variance` is mean g^2 - (mean g)^2.
 */
export function createSmoothgrad(methods: readonly AnyMethod[]) {
  const bases = methods.filter(({ family }) => family === 'backpropagation')
  const findBase = (id: string): AnyMethod => {
    const base = bases.find((candidate) => candidate.id === id)
    if (base) return base
    throw new Failure('bad-request', `smoothgrad cannot be based on '${id}'`)
  }
  return defineMethod({
    id: 'smoothgrad',
    label: 'SmoothGrad',
    family: 'backpropagation',
    summary: 'The average map over noisy copies of the input: what is left when the noise cancels.',
    strengths:
      'It averages away the fast fluctuations of a gradient, so structures stand out (Smilkov et al. 2017). Its mean-square and variance forms were among the few that beat a random ranking when networks were retrained without the marked pixels (Hooker et al. 2019).',
    limits:
      'It explains the score around the input rather than at it, and inherits the blind spots of its base method (Kindermans et al. 2019). When networks were retrained without the marked pixels, its mean was no better than the base (Hooker et al. 2019). The amount of noise is a choice, and changes the map.',
    citation: {
      text: 'Smilkov et al. 2017, SmoothGrad: removing noise by adding noise',
      url: 'https://arxiv.org/abs/1706.03825',
    },
    options: {
      samples: {
        kind: 'integer',
        min: 1,
        max: 1000,
        default: 25,
        label: 'Samples',
        help: 'Noisy copies; each costs one run of the base method.',
        decisive: true,
      },
      noise: {
        kind: 'number',
        min: 0,
        max: 10,
        step: 0.01,
        default: 0.15,
        label: 'Noise',
        help: "Standard deviation of the noise as a share of the input's range (max - min).",
        decisive: true,
      },
      base: {
        kind: 'choice',
        choices: bases.map(({ id }) => id),
        default: 'gradient',
        label: 'Base',
        help: 'The method that is run on every noisy copy, at its default options.',
      },
      aggregate: {
        kind: 'choice',
        choices: aggregates,
        default: 'mean',
        label: 'Aggregate',
        help: 'What is kept of the samples: their mean, mean square, variance or mean magnitude.',
      },
    },
    needs: { gradient: true, baseline: false, layer: false, seed: true },
    // Every noisy copy is explained against the baseline of the input.
    needsWith({ base }) {
      const { baseline, baselineRows = false } = findBase(base).needs
      return { baseline, baselineRows }
    },
    signed: ({ aggregate, base }) => {
      const method = findBase(base)
      return aggregate === 'mean' && method.signed(defaultOptions(method.options))
    },
    cost: ({ samples, base }, inputDims, facts) => {
      const method = findBase(base)
      const one = method.cost(defaultOptions(method.options), inputDims, facts)
      if (!one) return null
      return {
        ...one,
        forwards: 1 + samples * one.forwards,
        gradients: samples * one.gradients,
      }
    },

    /** The noise is drawn by the runtime: the same statistics as `attribute`, other samples. */
    loop(options, seed) {
      return {
        recipe: recipeOfBase(findBase(options.base), bases),
        runs: options.samples,
        emitPoint: (g, { x }, _run, index) => emitNoisy(g, x, options.noise, seed + index),
        emitTerms: (g, map) =>
          emitTerms(g, map, options.aggregate).map((t) => g.scale(t, 1 / options.samples)),
        emitMap(g, [mean, square], { x }) {
          if (!mean) return g.zeros(x.dims)
          return square ? g.relu(g.sub(square, g.mul(mean, mean))) : mean
        },
      }
    },

    async attribute({ model, inputs, target, options, seed, attributeWith, signal, onProgress }) {
      const { samples, noise, aggregate } = options
      const base = findBase(options.base)
      const baseOptions = defaultOptions(base.options)
      const random = createRandom(seed)
      const deviations = inputs.map((input) => noisePerRow(input, noise))
      const statistics = inputs.map(({ data }) => createStatistic(aggregate, data.length))
      for (let sample = 0; sample < samples; sample++) {
        signal.throwIfAborted()
        const stage = `sample ${sample + 1} of ${samples}`
        onProgress({ stage, fraction: sample / samples })
        const noisy = inputs.map((input, i) => withNoise(input, deviations[i] ?? [], random))
        const { maps } = await attributeWith(base.id, baseOptions, noisy, {
          signal,
          // A base that draws numbers too must draw others than the noise, and others for each copy.
          seed: seed + 1 + sample,
          onProgress: ({ fraction }) =>
            onProgress({ stage, fraction: (sample + fraction) / samples }),
        })
        for (const [i, map] of maps.entries()) statistics[i]?.add(map.data)
      }
      signal.throwIfAborted()
      const scores = await model.score(inputs, target)
      const maps = inputs.map(({ dims }, i) => ({
        dims,
        data: statistics[i]?.result() ?? new Float32Array(0),
      }))
      onProgress({ stage: 'done', fraction: 1 })
      return { maps, scores, completenessGap: null }
    },
  })
}

/** The base's maps alone: what else it gives, sums and scores, is not averaged. */
function recipeOfBase(base: AnyMethod, bases: readonly AnyMethod[]): ExplanationRecipe {
  const recipe = isOneGraph(base) && base.recipe?.(defaultOptions(base.options), undefined)
  if (!recipe) {
    const fitting = bases.filter(isOneGraph).map(({ id }) => id)
    throw new Failure(
      'bad-request',
      `SmoothGrad over ${base.id} cannot be exported as one graph, because ${base.id} runs the model more than once; bases that can are ${fitting.join(', ')}`,
    )
  }
  return {
    ...recipe,
    key: `${recipe.key} maps`,
    emit: (context) => recipe.emit(context).slice(0, context.inputs.length),
  }
}

/** A baseline would be a second pass of the model in every run of the loop. */
function isOneGraph({ needs, recipe }: AnyMethod): boolean {
  return recipe !== undefined && !needs.baseline
}

/** As `withNoise`, in the graph. */
function emitNoisy(g: GraphBuilder, x: Value, noise: number, seed: number): Value {
  const inner = x.dims.map((_, axis) => axis).slice(1)
  const sigma = g.scale(g.sub(g.reduceMax(x, inner), g.reduceMin(x, inner)), noise)
  const normal = g.node('RandomNormalLike', [x], x.dims, { seed: { kind: 'float', value: seed } })
  return g.add(x, g.mul(sigma, normal))
}

function emitTerms(g: GraphBuilder, map: Value, aggregate: Aggregate): readonly Value[] {
  switch (aggregate) {
    case 'mean':
      return [map]
    case 'mean-magnitude':
      return [g.abs(map)]
    case 'mean-square':
      return [g.mul(map, map)]
    case 'variance':
      return [map, g.mul(map, map)]
  }
}

interface Statistic {
  add(sample: Float32Array): void
  result(): Float32Array<ArrayBuffer>
}

/** Accumulates in float64; the variance by Welford's recurrence, which cannot turn negative. */
function createStatistic(aggregate: Aggregate, size: number): Statistic {
  const first = new Float64Array(size)
  const second = aggregate === 'variance' ? new Float64Array(size) : first
  let count = 0
  return {
    add: (sample) => accumulators[aggregate](sample, ++count, first, second),
    result: () => divide(second, count),
  }
}

type Accumulator = (
  sample: Float32Array,
  count: number,
  first: Float64Array,
  second: Float64Array,
) => void

/** One loop each: the choice is not made per voxel. */
const accumulators: Readonly<Record<Aggregate, Accumulator>> = {
  mean(sample, _count, sums) {
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (sample[i] ?? 0)
  },
  'mean-square'(sample, _count, sums) {
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (sample[i] ?? 0) ** 2
  },
  'mean-magnitude'(sample, _count, sums) {
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + Math.abs(sample[i] ?? 0)
  },
  variance(sample, count, means, squares) {
    for (let i = 0; i < means.length; i++) {
      const value = sample[i] ?? 0
      const before = means[i] ?? 0
      const mean = before + (value - before) / count
      squares[i] = (squares[i] ?? 0) + (value - before) * (value - mean)
      means[i] = mean
    }
  },
}
