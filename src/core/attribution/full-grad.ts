/** @file FullGrad (Srinivas and Fleuret, 2019): input x gradient and the bias gradients of every layer. */

import type { EmitContext, ExplanationRecipe } from '../autodiff/recipe.ts'
import { freeName } from '../onnx/free-name.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { range, sameDims } from '../onnx/shape-arithmetic.ts'
import { channelsSecond, isChannelsLast, moveChannelsLast } from './channels-last.ts'
import { nameMaps } from './define-graph-method.ts'
import { findBiases, type LayerBias } from './full-grad-biases.ts'
import { spreadOverInput } from './full-grad-spread.ts'
import { defineMethod } from './method.ts'

/**
 * x * dy/dx + the sum over layers and channels of b * dy/dz, z the layer's output with the bias b in
 * it, spread from the layer's grid over the input (`spreadOverInput`); signed, without the magnitude
 * and scaling of each part by which the paper draws its pictures, so that the parts add up. Biases of
 * layers without space (dense ones) are in the sum but have no place in the map. The gap is of the
 * sum before it is spread, dense biases included: sum(x dy/dx) + sum(b dy/dz) - y, which is 0 for
 * networks that are linear up to ReLUs and maxima.
 */
const recipe: ExplanationRecipe = {
  key: 'full-grad',
  rules: 'standard',
  emit(context) {
    const { g, inputs, gradients, written } = context
    const biases = findBiases(g, written)
    const slopes = gradients([...inputs, ...biases.map(({ output }) => output)])
    const products = inputs.map((input, i) => g.mul(input, slopes[i] ?? g.zeros(input.dims)))
    const parts = biases.flatMap((layer, i): Part[] => {
      const slope = slopes[inputs.length + i]
      return slope && !isZero(g, slope) ? [shareOf(g, layer, slope)] : []
    })
    const maps = nameMaps(g, inputs, placeBiases(context, products, parts))
    const total = sumPerRow(g, [...products, ...parts.map(({ share }) => share)])
    return total ? [...maps, g.rename(total, freeName(g, 'full_gradient_sum'))] : maps
  },
}

interface Part {
  /** b * dy/dz: (N, 1, grid), summed over channels, where the layer has space. */
  readonly share: Value
  readonly isSpatial: boolean
}

export const fullGrad = defineMethod({
  id: 'full-grad',
  label: 'FullGrad',
  family: 'backpropagation',
  summary: 'Input x gradient and the share of every bias, placed where the layer sees it.',
  strengths:
    'It accounts for the whole score of a ReLU network, biases included, and so meets both completeness and weak dependence, which no map of the input alone can (Srinivas and Fleuret 2019).',
  limits:
    'The biases of deep layers are spread from coarse grids, and dense ones have no place at all. The parts add up only for networks that are linear up to ReLUs, for which the paper proves it (Srinivas and Fleuret 2019): normalisation over the image, GELU or softmax leave a gap. The paper draws magnitudes; here the parts keep their signs. Biases count, so a model that ignores its input gets a map too.',
  citation: {
    text: 'Srinivas and Fleuret 2019, Full-gradient representation for neural network visualization',
    url: 'https://arxiv.org/abs/1905.00780',
  },
  options: {},
  needs: { gradient: true, baseline: false, layer: false, seed: false },
  signed: () => true,
  cost: () => ({ forwards: 0, gradients: 1, isRough: true }),
  recipe: () => recipe,

  async attribute({ model, inputs, target, signal, onProgress }) {
    signal.throwIfAborted()
    onProgress({ stage: 'gradient', fraction: 0 })
    const { scores, outputs } = await model.explain(recipe, inputs, target)
    onProgress({ stage: 'gradient', fraction: 1 })
    const sums = outputs[inputs.length]?.data
    const hasSums = sums?.length === scores.length
    return {
      maps: outputs.slice(0, inputs.length),
      scores,
      completenessGap: hasSums ? scores.map((score, row) => (sums[row] ?? 0) - score) : null,
    }
  },
})

/** Adds the shares to the maps, layers of one grid together, in equal parts to the inputs that fit. */
function placeBiases(
  { g, inputs, written }: EmitContext,
  products: readonly Value[],
  parts: readonly Part[],
): readonly Value[] {
  const perGrid = new Map<string, Value>()
  for (const { isSpatial, share } of parts) {
    if (!isSpatial || share.dims[0] !== inputs[0]?.dims[0]) continue
    const key = share.dims.slice(2).join('x')
    const before = perGrid.get(key)
    perGrid.set(key, before ? g.add(before, share) : share)
  }
  const maps = [...products]
  for (const coarse of perGrid.values()) {
    const spread = inputs.map((input) => {
      if (!isChannelsLast(g, written, input)) return spreadOverInput(g, coarse, input)
      const map = spreadOverInput(g, coarse, channelsSecond(input))
      return map && moveChannelsLast(g, map)
    })
    const takers = spread.filter((map) => map !== null).length
    for (const [i, map] of spread.entries()) {
      const own = maps[i]
      if (map && own) maps[i] = g.add(own, g.scale(map, 1 / takers))
    }
  }
  return maps
}

/** (N), in one sum; null where a value does not start with the batch axis. */
function sumPerRow(g: GraphBuilder, values: readonly Value[]): Value | null {
  const rows = values[0]?.dims[0] ?? 1
  if (values.some(({ dims }) => (dims[0] ?? 1) !== rows)) return null
  const sums = values.map((value) => {
    const sum = g.reduceSum(value, range(1, value.dims.length), { keepDims: false })
    return g.reshape(sum, [rows])
  })
  return sums.length > 0 ? sums.reduce((total, sum) => g.add(total, sum)) : null
}

/** One bias per channel makes the sum over channels a convolution: no product as large as the layer. */
function shareOf(g: GraphBuilder, { bias, isSpatial }: LayerBias, slope: Value): Part {
  if (!isSpatial) return { share: g.mul(slope, bias), isSpatial }
  const [rows = 1, channels = 1, ...space] = slope.dims
  const kernel = [1, channels, ...space.map(() => 1)]
  const share = sameDims(bias.dims, kernel)
    ? g.node('Conv', [slope, bias], [rows, 1, ...space])
    : g.reduceSum(g.mul(slope, bias), [1])
  return { share, isSpatial }
}

/** A layer that the target does not depend on: zeros are a constant, or one expanded. */
function isZero(g: GraphBuilder, slope: Value): boolean {
  const producer = g.producerOf(slope)
  const source = producer?.op === 'Expand' ? g.find(producer.inputs[0] ?? '') : slope
  return source !== undefined && g.scalarOf(source) === 0
}
