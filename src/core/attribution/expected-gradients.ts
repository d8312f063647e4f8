/** @file Expected gradients (Erion et al., 2021), also known as GradientSHAP. */

import { Failure } from '../failure.ts'
import { divide, formatDims, sameDims } from '../tensor/arithmetic.ts'
import { createRandom, type Random } from '../tensor/random.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'
import { gradientRecipe } from './gradient.ts'
import { defineMethod } from './method.ts'
import { noisePerRow, withNoise } from './noisy-copies.ts'

/**
 * Mean over samples of (x - b) * dy/dx at b + u (x - b): u uniform in [0, 1), b a random row of the
 * baseline's distribution, x the input with normal noise. Each batch row draws by itself, all inputs
 * together; without a distribution b is the row's own baseline. Accumulated in float64.
 */
export const expectedGradients = defineMethod({
  id: 'expected-gradients',
  label: 'Expected gradients',
  family: 'backpropagation',
  summary:
    'Integrated gradients averaged over many baselines, estimated at random points on the ways.',
  strengths:
    'It does not hang on a single baseline: it averages over many, and in expectation the parts add up to the score minus the mean score of the baselines (Erion et al. 2021).',
  limits:
    'It is a random estimate: few samples leave noise, and another seed gives another map. It answers "compared with these baselines", and is only as sensible as their choice: another distribution of baselines gives another map (Sturmfels et al. 2020).',
  citation: {
    text: 'Erion et al. 2021, Improving performance of deep learning models with axiomatic attribution priors and expected gradients',
    url: 'https://arxiv.org/abs/1906.10670',
  },
  options: {
    samples: {
      kind: 'integer',
      min: 1,
      max: 10000,
      default: 50,
      label: 'Samples',
      help: 'Random points; each costs one gradient.',
      decisive: true,
    },
    noise: {
      kind: 'number',
      min: 0,
      max: 10,
      step: 0.01,
      default: 0,
      label: 'Noise',
      help: "Standard deviation of noise on the input as a share of the input's range (max - min).",
    },
  },
  needs: { gradient: true, baseline: true, baselineRows: true, layer: false, seed: true },
  signed: () => true,
  cost: ({ samples }) => ({ forwards: 1, gradients: samples }),

  /** The points are drawn by the runtime: the same statistics as `attribute`, other samples. */
  loop({ noise, samples }, seed) {
    if (noise !== 0) {
      throw new Failure(
        'bad-request',
        'expected-gradients is exported as one graph without noise only; use noise=0',
      )
    }
    return {
      recipe: gradientRecipe,
      runs: samples,
      emitPoint(g, { x, baseline }) {
        // The same node, and so the same draw, for every input.
        const at = g.node('RandomUniform', [], [1], {
          shape: [1],
          seed: { kind: 'float', value: seed },
        })
        return g.add(baseline, g.mul(at, g.sub(x, baseline)))
      },
      emitTerms: (g, slope) => [g.scale(slope, 1 / samples)],
      emitMap: (g, [mean], { x, baseline }) => {
        const difference = g.sub(x, baseline)
        return mean ? g.mul(difference, mean) : difference
      },
    }
  },

  async attribute(context) {
    const { model, inputs, baseline, baselineRows, target, options, seed } = context
    const { signal, onProgress } = context
    const random = createRandom(seed)
    const deviations = inputs.map((input) => noisePerRow(input, options.noise))
    const sums = inputs.map(({ data }) => new Float64Array(data.length))
    for (let sample = 0; sample < options.samples; sample++) {
      signal.throwIfAborted()
      onProgress({
        stage: `sample ${sample + 1} of ${options.samples}`,
        fraction: sample / (options.samples + 1),
      })
      const starts = baselineRows ? drawRows(inputs, baselineRows, random) : baseline
      const positions = drawPositions(inputs, random)
      const ends =
        options.noise === 0
          ? inputs
          : inputs.map((input, i) => withNoise(input, deviations[i] ?? [], random))
      const points = ends.map((end, i) => between(starts[i] ?? end, end, positions))
      const { outputs } = await model.explain(gradientRecipe, points, target)
      for (const [i, slope] of outputs.entries()) {
        addProduct(sums[i], slope.data, ends[i]?.data, starts[i]?.data)
      }
    }
    signal.throwIfAborted()
    const scores = await model.score(inputs, target)
    onProgress({ stage: 'done', fraction: 1 })
    const maps = sums.map((sum, i) => ({
      dims: inputs[i]?.dims ?? [],
      data: divide(sum, options.samples),
    }))
    return { maps, scores, completenessGap: null }
  },
})

/** For every batch row one row of the distribution, the same number in all inputs. */
function drawRows(inputs: Tensors, distribution: Tensors, random: Random): Tensors {
  const rows = inputs[0]?.dims[0] ?? 1
  const available = distribution[0]?.dims[0] ?? 1
  const drawn = Array.from({ length: rows }, () => random.integer(available))
  return inputs.map((input, i) => {
    const from = distribution[i]
    if (!from || !sameDims(from.dims, input.dims.with(0, available))) {
      throw new Failure(
        'shape-mismatch',
        `the rows of the baseline must have the shape of the input's (${formatDims(input.dims)}), in the same number for every input`,
      )
    }
    const stride = from.data.length / available
    const data = new Float32Array(rows * stride)
    for (const [row, at] of drawn.entries()) {
      data.set(from.data.subarray(at * stride, (at + 1) * stride), row * stride)
    }
    return { dims: input.dims, data }
  })
}

/** One position in [0, 1) per batch row. */
function drawPositions(inputs: Tensors, random: Random): readonly number[] {
  return Array.from({ length: inputs[0]?.dims[0] ?? 1 }, () => random.uniform())
}

/** start + position * (end - start), with a position for every row. */
function between(start: Tensor, end: Tensor, positions: readonly number[]): Tensor {
  const stride = end.data.length / positions.length
  const data = new Float32Array(end.data.length)
  for (const [row, position] of positions.entries()) {
    for (let i = row * stride; i < (row + 1) * stride; i++) {
      data[i] = (1 - position) * (start.data[i] ?? 0) + position * (end.data[i] ?? 0)
    }
  }
  return { dims: end.dims, data }
}

/** sums += slope * (end - start). */
function addProduct(
  sums: Float64Array | undefined,
  slope: Float32Array,
  end: Float32Array | undefined,
  start: Float32Array | undefined,
): void {
  if (!sums || !end || !start) return
  for (let i = 0; i < sums.length; i++) {
    sums[i] = (sums[i] ?? 0) + (slope[i] ?? 0) * ((end[i] ?? 0) - (start[i] ?? 0))
  }
}
