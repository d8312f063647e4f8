/** @file Forms that the native runtime keeps in the blocked layout of its 2-D convolutions. */

import { readNumbers } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { ConstantTensor, Node, Value } from '../../onnx/ir.ts'
import { product, sameDims, sizeAt } from '../../onnx/shape-arithmetic.ts'
import type { ProviderTraits } from './provider-traits.ts'

/** Element-wise operators that the layout survives where all inputs are blocked and of one shape. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Add',
  'HardSigmoid',
  'HardSwish',
  'Mul',
  'Relu',
  'Sigmoid',
  'Sum',
  'Tanh',
])
const POOLING: ReadonlySet<string> = new Set([
  'AveragePool',
  'BatchNormalization',
  'GlobalAveragePool',
  'MaxPool',
])
/** The runtime pads other channel counts, but not those. */
export const ALIGNMENT = 4
/** The most channels that a block has (AVX-512); a pooling is only moved to whole blocks. */
export const WHOLE_BLOCK = 16

/** What was found out, by name. */
const found = new WeakMap<GraphBuilder, Map<string, boolean>>()

/**
 * True where the runtime very likely holds the value in blocks of channels. Any other operator makes
 * it write a plain copy first. What counts comes from convolutions, so it is finite, or infinite
 * numbers are in all of it (docs/decisions/infinite-gradients.md).
 */
export function isBlocked(g: GraphBuilder, traits: ProviderTraits, value: Value): boolean {
  if (!traits.blockedLayout) return false
  const known = found.get(g) ?? new Map<string, boolean>()
  found.set(g, known)
  const earlier = known.get(value.name)
  if (earlier !== undefined) return earlier
  const result = isMadeInBlocks(g, traits, value)
  known.set(value.name, result)
  return result
}

function isMadeInBlocks(g: GraphBuilder, traits: ProviderTraits, value: Value): boolean {
  if (value.dims.length !== 4 || value.dtype !== 'float32') return false
  const producer = g.producerOf(value)
  if (producer?.domain !== '' || sizeAt(value.dims, 1) % ALIGNMENT !== 0) return false
  if (producer.op === 'Conv' || isEntry(producer)) return true
  const inputs = producer.inputs.flatMap((name) => g.find(name) ?? [])
  const areBlocked = (values: readonly Value[]) =>
    values.every((input) => isBlocked(g, traits, input))
  if (producer.op === 'Concat') {
    const { axis } = producer.attributes
    const isOfChannels = axis?.kind === 'int' && (axis.value === 1 || axis.value === -3)
    return isOfChannels && inputs.every(hasWholeBlocks) && areBlocked(inputs)
  }
  const isRepeat = isWholeResize(producer, (name) => constantNamed(g, name))
  if (POOLING.has(producer.op) || isRepeat) return areBlocked(inputs.slice(0, 1))
  if (!ELEMENTWISE.has(producer.op)) return false
  return inputs.every((input) => sameDims(input.dims, value.dims)) && areBlocked(inputs)
}

function hasWholeBlocks({ dims }: Value): boolean {
  return sizeAt(dims, 1) % WHOLE_BLOCK === 0
}

function constantNamed(g: GraphBuilder, name: string): ConstantTensor | undefined {
  const value = g.find(name)
  return value && g.constantOf(value)
}

/**
 * True for a Resize that repeats every number a whole number of times: the layout survives it, and no
 * rounding decides its sizes.
 */
export function isWholeResize(
  { op, inputs, attributes }: Node,
  constantOf: (name: string) => ConstantTensor | undefined,
): boolean {
  if (op !== 'Resize') return false
  const scales = constantOf(inputs[2] ?? '')
  const says = (name: string, text: string) => {
    const attribute = attributes[name]
    return attribute?.kind === 'string' && attribute.value === text
  }
  return (
    scales !== undefined &&
    readNumbers(scales).every(Number.isInteger) &&
    says('mode', 'nearest') &&
    says('coordinate_transformation_mode', 'asymmetric') &&
    says('nearest_mode', 'floor')
  )
}

/**
 * The cotangent of `x` in blocks, where `x` is in blocks: means of one number each. The pass pays for
 * itself, because all that follows in a residual stage then stays in blocks. Only what came from
 * convolutions may enter (see `isBlocked`).
 */
export function enterBlocks(
  g: GraphBuilder,
  traits: ProviderTraits,
  x: Value,
  cotangent: Value,
): Value {
  if (!isBlocked(g, traits, x) || isBlocked(g, traits, cotangent)) return cotangent
  if (cotangent.dtype !== 'float32' || sizeAt(cotangent.dims, 1) % WHOLE_BLOCK !== 0) {
    return cotangent
  }
  return g.node('AveragePool', [cotangent], cotangent.dims, { kernel_shape: [1, 1] })
}

function isEntry({ op, attributes }: Node): boolean {
  const kernel = attributes.kernel_shape
  return op === 'AveragePool' && kernel?.kind === 'ints' && kernel.value.every((size) => size === 1)
}

/** Weights of a depthwise convolution, 0 but for `factor` at the element `place` of every kernel. */
export function channelFilters(
  g: GraphBuilder,
  channels: number,
  factor: number,
  kernel: readonly number[] = [1, 1],
  place = 0,
): Value {
  const size = product(kernel)
  const weights = new Float32Array(channels * size)
  for (let c = 0; c < channels; c++) weights[c * size + place] = factor
  return g.numbers([channels, 1, ...kernel], weights)
}

/** factor x, by a convolution with one weight per channel, since a scalar leaves the layout. */
export function emitPerChannel(g: GraphBuilder, x: Value, factor: number): Value {
  const channels = sizeAt(x.dims, 1)
  return g.node('Conv', [x, channelFilters(g, channels, factor)], x.dims, { group: channels })
}

/** clip(alpha x + beta, 0, 1) */
export function emitRamp(g: GraphBuilder, x: Value, alpha: number, beta: number): Value {
  return g.node('HardSigmoid', [x], x.dims, {
    alpha: { kind: 'float', value: alpha },
    beta: { kind: 'float', value: beta },
  })
}

/** Lifts the smallest normal number above 1. */
const STEEPEST = 2 ** 127

/** 1 where x > 0, else 0, as floats. */
export function emitStep(g: GraphBuilder, x: Value): Value {
  return emitRamp(g, x, STEEPEST, 0)
}

/** 1 where x >= 0, else 0, as floats; for subnormal x between the two. */
export function emitNotNegative(g: GraphBuilder, x: Value): Value {
  return emitRamp(g, x, STEEPEST, 1)
}

/** A power of 2, so that K (c - x) is exact for float32 near c, and at least 1 for the nearest x < c. */
const STEEP = 2 ** 60

/** 1 where x < c, else 0, as floats. */
export function emitBelow(g: GraphBuilder, x: Value, c: number): Value {
  return emitRamp(g, x, -STEEP, STEEP * c)
}
