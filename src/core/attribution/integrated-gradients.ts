/** @file Integrated gradients (Sundararajan et al., 2017). */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { addScaledInto, lerp, rowSums } from '../tensor/arithmetic.ts'
import type { Tensors } from '../tensor/tensor.ts'
import { gradientRecipe } from './gradient.ts'
import { defineMethod } from './method.ts'
import { quadratureNodes, quadratures } from './quadrature.ts'

/**
 * (x - x') times the integral of the gradient along the straight line from x' to x. The gradient is
 * accumulated in float64. Gap: sum(map) - (y(x) - y(x')), per row.
 */
export const integratedGradients = defineMethod({
  id: 'integrated-gradients',
  label: 'Integrated gradients',
  family: 'backpropagation',
  summary:
    'Splits the change of score between a baseline and the input among the voxels; parts add up to the whole.',
  strengths:
    'The parts add up to the change of the score, whatever the network, and two networks that compute the same function get the same map (Sundararajan et al. 2017).',
  limits:
    'It answers "compared with this baseline", and another baseline gives another map; voxels that equal the baseline get nothing (Sturmfels et al. 2020). The path runs through images that no scanner makes, and collects noise on its way (Kapishnikov et al. 2021).',
  citation: {
    text: 'Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep networks',
    url: 'https://arxiv.org/abs/1703.01365',
  },
  options: {
    steps: {
      kind: 'integer',
      min: 1,
      max: 1000,
      default: 50,
      label: 'Steps',
      help: 'Points on the way from the baseline to the input; each costs one gradient.',
      decisive: true,
    },
    quadrature: {
      kind: 'choice',
      choices: quadratures,
      default: 'gauss-legendre',
      label: 'Quadrature',
      help: 'How the integral is approximated; Gauss-Legendre needs the fewest steps.',
    },
  },
  needs: { gradient: true, baseline: true, layer: false, seed: false },
  signed: () => true,
  cost: ({ steps }) => ({ forwards: 2, gradients: steps }),

  loop({ quadrature, steps }) {
    const nodes = quadratureNodes(quadrature, steps)
    const pick = (g: GraphBuilder, values: readonly number[], run: Value) =>
      g.node('Gather', [g.numbers([values.length], values), run], [])
    return {
      recipe: gradientRecipe,
      runs: nodes.length,
      emitPoint(g, { x, baseline }, run) {
        const positions = nodes.map(({ position }) => position)
        return g.add(baseline, g.mul(pick(g, positions, run), g.sub(x, baseline)))
      },
      emitTerms(g, slope, run) {
        const weights = nodes.map(({ weight }) => weight)
        return [g.mul(slope, pick(g, weights, run))]
      },
      emitMap: (g, [integral], { x, baseline }) => {
        const difference = g.sub(x, baseline)
        return integral ? g.mul(difference, integral) : difference
      },
    }
  },

  async attribute({ model, inputs, baseline, target, options, signal, onProgress }) {
    const nodes = quadratureNodes(options.quadrature, options.steps)
    const runs = nodes.length + 2
    const integrals = inputs.map(({ data }) => new Float64Array(data.length))
    for (const [step, { position, weight }] of nodes.entries()) {
      signal.throwIfAborted()
      onProgress({ stage: `gradient ${step + 1} of ${nodes.length}`, fraction: step / runs })
      const point = inputs.map((input, i) => lerp(baseline[i] ?? input, input, position))
      const { outputs } = await model.explain(gradientRecipe, point, target)
      for (const [i, output] of outputs.entries()) {
        const integral = integrals[i]
        if (integral) addScaledInto(integral, output, weight)
      }
    }
    signal.throwIfAborted()
    onProgress({ stage: 'scores', fraction: nodes.length / runs })
    const scores = await model.score(inputs, target)
    signal.throwIfAborted()
    const baselineScores = await model.score(baseline, target)
    const maps = multiplyByDifference(inputs, baseline, integrals)
    onProgress({ stage: 'done', fraction: 1 })
    return { maps, scores, completenessGap: gap(maps, scores, baselineScores) }
  },
})

function multiplyByDifference(
  inputs: Tensors,
  baseline: Tensors,
  integrals: readonly Float64Array[],
): Tensors {
  return inputs.map(({ dims, data }, i) => {
    const start = baseline[i]?.data
    const integral = integrals[i]
    const map = new Float32Array(data.length)
    for (let j = 0; j < map.length; j++) {
      map[j] = ((data[j] ?? 0) - (start?.[j] ?? 0)) * (integral?.[j] ?? 0)
    }
    return { dims, data: map }
  })
}

function gap(
  maps: Tensors,
  scores: readonly number[],
  baselineScores: readonly number[],
): readonly number[] | null {
  const sums = rowSums(maps, scores.length)
  return sums?.map((sum, row) => sum - ((scores[row] ?? 0) - (baselineScores[row] ?? 0))) ?? null
}
