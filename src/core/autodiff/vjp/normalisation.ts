/** @file VJP rules of the normalisation layers. */

import { Failure } from '../../failure.ts'
import { readNumbers } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { normaliseAxis, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { isWorthOrdering, oneAfter } from '../lowering/order.ts'
import { defineVjp, type VjpContext } from '../rule.ts'
import { plusNumber, square } from './slope.ts'

/** At inference y = (x - mean) * scale / sqrt(variance + epsilon) + bias: one factor per channel. */
export const batchNormalization = defineVjp(
  'BatchNormalization',
  ['x', 'scale', 'bias', 'mean', 'variance'],
  ({ g, node, inputs: [x, scale, bias, mean, variance], needs, attributes, cotangent }) => {
    if (attributes.int('training_mode', 0) !== 0) {
      throw new Failure(
        'unsupported-operator',
        `BatchNormalization node '${node.name}' is in training mode; export the model with ` +
          'model.eval().',
      )
    }
    const epsilon = attributes.float('epsilon', 1e-5)
    const perChannel = (value: Value) => g.reshape(value, channelDims(x, value))
    const others = range(0, x.dims.length).filter((axis) => axis !== 1)
    const sum = (value: Value) =>
      g.reshape(g.reduceSum(value, others, { keepDims: false }), bias.dims)
    const factor = batchNormFactor(g, x, scale, variance, epsilon)
    const inverse = () => g.reciprocal(g.sqrt(plusNumber(g, variance, epsilon)))
    return [
      needs[0] ? g.mul(cotangent, factor) : null,
      needs[1] ? g.mul(sum(g.mul(cotangent, g.sub(x, perChannel(mean)))), inverse()) : null,
      needs[2] ? sum(cotangent) : null,
      needs[3] ? g.neg(sum(g.mul(cotangent, factor))) : null,
      needs[4] ? unsupportedInput(node.name, 'variance') : null,
    ]
  },
)

/** scale / sqrt(variance + epsilon), shape (1, C, 1, ...), computed here when it is constant. */
function batchNormFactor(
  g: GraphBuilder,
  x: Value,
  scale: Value,
  variance: Value,
  epsilon: number,
): Value {
  const dims = channelDims(x, scale)
  const knownScale = g.constantOf(scale)
  const knownVariance = g.constantOf(variance)
  if (knownScale && knownVariance && x.dtype === 'float32') {
    const variances = readNumbers(knownVariance)
    const factors = readNumbers(knownScale).map(
      (value, channel) => value / Math.sqrt((variances[channel] ?? 0) + epsilon),
    )
    return g.numbers(dims, factors)
  }
  return g.reshape(g.div(scale, g.sqrt(plusNumber(g, variance, epsilon))), dims)
}

function channelDims(x: Value, perChannel: Value): number[] {
  return x.dims.map((_, axis) => (axis === 1 ? sizeAt(perChannel.dims, 0) : 1))
}

function unsupportedInput(node: string, input: string): never {
  throw new Failure(
    'unsupported-operator',
    `The gradient with respect to the ${input} of node '${node}' has no rule; occlusion works ` +
      'with any operator.',
  )
}

/** The pieces of xHat = (x - mean) / sqrt(variance + epsilon) over the axes. */
interface Normalised {
  readonly centred: Value
  readonly inverseDeviation: Value
}

/** Not before `cotangent` is there: until then only x is held. */
function normalise(
  { g, traits, cotangent }: Pick<VjpContext<[]>, 'g' | 'traits' | 'cotangent'>,
  x: Value,
  axes: readonly number[],
  epsilon: number,
): Normalised {
  const mean = g.reduceMean(x, axes)
  const late = isWorthOrdering(traits, x)
    ? g.mul(mean, oneAfter(g, cotangent, mean.dtype, mean.dims.length))
    : mean
  const centred = g.sub(x, late)
  const variance = g.reduceMean(square(g, centred), axes)
  return { centred, inverseDeviation: g.reciprocal(g.sqrt(plusNumber(g, variance, epsilon))) }
}

function xHatOf(g: GraphBuilder, { centred, inverseDeviation }: Normalised): Value {
  return g.mul(centred, inverseDeviation)
}

/**
 * dx = (h - mean(h) - xHat * mean(h * xHat)) / deviation, h = dL/dxHat / `factor` (one number per mean).
 * The deviation goes into the numbers that are one per mean, so that the large products and differences
 * overwrite an operand: two arrays are held, and a third for a moment.
 */
function normaliseGradient(
  g: GraphBuilder,
  h: Value,
  { centred, inverseDeviation }: Normalised,
  axes: readonly number[],
  factor: Value = g.scalarLike(h, 1),
): Value {
  const shared = g.reduceMean(g.mul(h, centred), axes)
  const slope = g.mul(shared, square(g, inverseDeviation))
  const projected = g.sub(h, g.mul(centred, slope))
  const whole = g.sub(projected, g.reduceMean(h, axes))
  return g.mul(whole, g.mul(inverseDeviation, factor))
}

/** Groups of channels are normalised together; scale and bias are per channel (opset 21) or per group (18). */
export const groupNormalization = defineVjp(
  'GroupNormalization',
  ['x', 'scale', 'bias'],
  ({ g, traits, inputs: [x, scale], needs, attributes, node, cotangent }) => {
    if (needs[1] || needs[2]) unsupportedInput(node.name, 'scale or bias')
    const [batch = 1, channels = 1, ...spatial] = x.dims
    const groups = attributes.int('num_groups', 1)
    const own = channels / groups
    const grouped = [batch, groups, own, ...spatial]
    const isPerGroup = sizeAt(scale.dims, 0) === groups && groups !== channels
    const scaleDims = [1, groups, isPerGroup ? 1 : own, ...spatial.map(() => 1)]
    const axes = range(2, grouped.length)
    const epsilon = attributes.float('epsilon', 1e-5)
    const forward = normalise({ g, traits, cotangent }, g.reshape(x, grouped), axes, epsilon)
    const h = g.mul(g.reshape(cotangent, grouped), g.reshape(scale, scaleDims))
    return [g.reshape(normaliseGradient(g, h, forward, axes), x.dims), null, null]
  },
)

/** Every channel of every row is normalised over space. */
export const instanceNormalization = defineVjp(
  'InstanceNormalization',
  ['x', 'scale', 'bias'],
  ({ g, traits, inputs: [x, scale, bias], needs, attributes, cotangent }) => {
    const axes = range(2, x.dims.length)
    const rows = [0, ...axes]
    const epsilon = attributes.float('epsilon', 1e-5)
    const forward = normalise({ g, traits, cotangent }, x, axes, epsilon)
    const factor = g.reshape(scale, channelDims(x, scale))
    return [
      needs[0] ? normaliseGradient(g, cotangent, forward, axes, factor) : null,
      needs[1]
        ? g.reshape(g.reduceSum(g.mul(cotangent, xHatOf(g, forward)), rows), scale.dims)
        : null,
      needs[2] ? g.reshape(g.reduceSum(cotangent, rows), bias.dims) : null,
    ]
  },
)

/** The axes from `axis` on are normalised together; scale and bias broadcast. */
export const layerNormalization = defineVjp(
  'LayerNormalization',
  ['x', 'scale', 'bias?'],
  ({ g, traits, inputs: [x, scale], needs, attributes, cotangent }) => {
    const rank = x.dims.length
    const axes = range(normaliseAxis(attributes.int('axis', -1), rank), rank)
    const epsilon = attributes.float('epsilon', 1e-5)
    const forward = normalise({ g, traits, cotangent }, x, axes, epsilon)
    return [
      needs[0] ? normaliseGradient(g, g.mul(cotangent, scale), forward, axes) : null,
      needs[1] ? g.mul(cotangent, xHatOf(g, forward)) : null,
      needs[2] ? cotangent : null,
    ]
  },
)

/** The runtime adds this to the variance of MeanVarianceNormalization. */
export const MVN_EPSILON = 1e-9

/** (x - mean) / deviation over the given axes: all but the channels by default. */
export const meanVarianceNormalization = defineVjp(
  'MeanVarianceNormalization',
  ['x'],
  ({ g, traits, inputs: [x], attributes, cotangent }) => {
    const axes = (attributes.ints('axes') ?? [0, 2, 3]).map((axis) =>
      normaliseAxis(axis, x.dims.length),
    )
    const forward = normalise({ g, traits, cotangent }, x, axes, MVN_EPSILON)
    return [normaliseGradient(g, cotangent, forward, axes)]
  },
)

/** y = scale x / r, r^2 = mean(x^2) + epsilon over the axes from `axis` on: dx = (h - xHat mean(h xHat)) / r. */
export const rmsNormalization = defineVjp(
  'RMSNormalization',
  ['x', 'scale'],
  ({ g, inputs: [x, scale], needs, attributes, cotangent }) => {
    const rank = x.dims.length
    const axes = range(normaliseAxis(attributes.int('axis', -1), rank), rank)
    const epsilon = g.scalarLike(x, attributes.float('epsilon', 1e-5))
    const root = g.sqrt(g.add(g.reduceMean(square(g, x), axes), epsilon))
    const xHat = g.div(x, root)
    const h = g.mul(cotangent, scale)
    const shared = g.mul(xHat, g.reduceMean(g.mul(h, xHat), axes))
    return [
      needs[0] ? g.div(g.sub(h, shared), root) : null,
      needs[1] ? g.mul(cotangent, xHat) : null,
    ]
  },
)

/** y = x / (bias + alpha / size * sum of squares over neighbouring channels) ^ beta. */
export const lrn = defineVjp('LRN', ['x'], ({ g, inputs: [x], y, attributes, cotangent }) => {
  const size = attributes.int('size', 1)
  const ratio = attributes.float('alpha', 1e-4) / size
  const beta = attributes.float('beta', 0.75)
  const before = Math.floor((size - 1) / 2)
  const after = size - 1 - before
  const sum = g.scale(windowSum(g, square(g, x), before, after), ratio)
  const base = plusNumber(g, sum, attributes.float('bias', 1))
  const direct = g.div(cotangent, g.pow(base, g.scalarLike(base, beta)))
  // Channel j is in the window of the channels j - after .. j + before.
  const shared = windowSum(g, g.div(g.mul(cotangent, y), base), after, before)
  return [g.sub(direct, g.mul(x, g.scale(shared, 2 * ratio * beta)))]
})

/** Sum over the channels c - before .. c + after that exist. */
export function windowSum(g: GraphBuilder, x: Value, before: number, after: number): Value {
  const rest = x.dims.slice(2).map(() => 0)
  const padded = g.pad(x, [0, before, ...rest], [0, after, ...rest])
  const channels = sizeAt(x.dims, 1)
  return range(0, before + after + 1)
    .map((start) => g.slice(padded, { axes: [1], starts: [start], ends: [start + channels] }))
    .reduce((total, part) => g.add(total, part))
}

/**
 * y = x / norm(x) along one axis (p = 1 or 2). Where the norm is 0 the runtime gives y = 0, and x is
 * no point of differentiability: the gradient there is 0 by convention, as that of a norm at 0.
 */
export const lpNormalization = defineVjp(
  'LpNormalization',
  ['x'],
  ({ g, inputs: [x], y, attributes, cotangent }) => {
    const axes = [attributes.int('axis', -1)]
    const isL1 = attributes.int('p', 2) === 1
    const norm = isL1 ? g.reduceSum(g.abs(x), axes) : g.sqrt(g.reduceSum(square(g, x), axes))
    const isThere = g.sign(norm)
    const inverse = g.div(isThere, g.add(norm, g.sub(g.scalarLike(x, 1), isThere)))
    const direction = isL1 ? g.sign(x) : y
    const inner = g.reduceSum(g.mul(cotangent, y), axes)
    return [g.mul(g.sub(cotangent, g.mul(direction, inner)), inverse)]
  },
)
