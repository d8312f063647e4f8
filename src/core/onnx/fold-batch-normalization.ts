/**
 * @file Merges BatchNormalization into the linear operator before it (Conv, ConvTranspose, Gemm).
 *
 * With s = gamma / sqrt(variance + epsilon), s (W x + b - mean) + beta = (s W) x + s (b - mean) + beta.
 */

import { floatTensor, readFloats, sizeOf } from './constants.ts'
import { unusedName } from './inline-functions.ts'
import type { ConstantTensor, Graph, Model, Node } from './ir.ts'
import { pruneGraph } from './prune-graph.ts'
import { floatAttribute, intAttribute } from './upgrades/upgrade.ts'

const DEFAULT_EPSILON = 1e-5

/** A linear operator's weights seen per output channel. */
export interface Linear {
  readonly weight: Float32Array
  readonly weightDims: readonly number[]
  readonly channels: number
  /** The output channel that a weight at this offset belongs to. */
  channelOf(offset: number): number
  /** Bias per output channel. */
  readonly bias: Float32Array
}

/**
 * The model with every BatchNormalization that follows such an operator merged into its weights;
 * the merged operator writes the normalised value under its old name. Relevance methods need it.
 * @param kept values that must stay: the explained one
 */
export function foldBatchNormalization(model: Model, kept: readonly string[] = []): Model {
  const { graph } = model
  const initializers = new Map(graph.initializers)
  const taken = new Set([...initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)])
  for (const input of graph.inputs) taken.add(input.name)
  const reads = countReads(graph, kept)
  const producers = new Map(graph.nodes.map((node) => [node.outputs[0] ?? '', node]))
  const merged = new Map<Node, Node>()
  const gone = new Set<Node>()
  for (const norm of graph.nodes) {
    const [x = ''] = norm.inputs
    const linear = producers.get(x)
    const isLoneReader = reads.get(x) === 1
    if (norm.op !== 'BatchNormalization' || norm.domain !== '' || !isLoneReader) continue
    if (linear === undefined || merged.has(linear)) continue
    const weights = readLinear(linear, initializers)
    const scaling = readScaling(norm, initializers)
    if (weights === null || scaling === null || scaling.scale.length !== weights.channels) continue
    const tensors = mergeScaling(weights, scaling)
    const name = (input: number, what: string, tensor: ConstantTensor) => {
      const fresh = unusedName(`${linear.inputs[input] || `${linear.name}/${what}`}/merged`, taken)
      initializers.set(fresh, tensor)
      return fresh
    }
    const weight = name(1, 'weight', tensors.weight)
    const bias = name(2, 'bias', tensors.bias)
    merged.set(linear, withWeights(linear, weight, bias, norm.outputs[0] ?? ''))
    gone.add(norm)
  }
  const nodes = graph.nodes
    .filter((node) => !gone.has(node))
    .map((node) => merged.get(node) ?? node)
  return { ...model, graph: pruneGraph({ ...graph, nodes, initializers }, kept) }
}

/** The operator with other weights (factors of a Gemm are in them) and another output. */
export function withWeights(linear: Node, weight: string, bias: string, output: string): Node {
  const [x = ''] = linear.inputs
  const { alpha: _alpha, beta: _beta, ...attributes } = linear.attributes
  return {
    ...linear,
    inputs: [x, weight, bias],
    outputs: [output],
    attributes: linear.op === 'Gemm' ? attributes : linear.attributes,
  }
}

/** The weights and the bias that do both at once. */
export function mergeScaling(
  { weight, weightDims, channelOf, bias }: Linear,
  { scale, mean, beta }: Scaling,
): { weight: ConstantTensor; bias: ConstantTensor } {
  const scaled = weight.map((value, offset) => value * (scale[channelOf(offset)] ?? 1))
  const shifted = bias.map(
    (value, channel) =>
      (value - (mean[channel] ?? 0)) * (scale[channel] ?? 1) + (beta[channel] ?? 0),
  )
  return { weight: floatTensor(scaled, weightDims), bias: floatTensor(shifted) }
}

/** y = (x - mean) * scale + beta, one number of each per channel. */
export interface Scaling {
  readonly scale: Float64Array
  readonly mean: Float32Array
  readonly beta: Float32Array
}

/** What a BatchNormalization does at inference; null where its parameters are not constant. */
export function readScaling(
  norm: Node,
  initializers: ReadonlyMap<string, ConstantTensor>,
): Scaling | null {
  const [, gamma, beta, mean, variance] = norm.inputs.map((name) => initializers.get(name))
  if (!gamma || !beta || !mean || !variance || intAttribute(norm, 'training_mode', 0) !== 0)
    return null
  const epsilon = floatAttribute(norm, 'epsilon') ?? DEFAULT_EPSILON
  const variances = readFloats(variance)
  const scale = Float64Array.from(
    readFloats(gamma),
    (value, channel) => value / Math.sqrt((variances[channel] ?? 0) + epsilon),
  )
  return { scale, mean: readFloats(mean), beta: readFloats(beta) }
}

/** The weights of a linear operator; null for other operators and where they are not constant. */
export function readLinear(
  node: Node,
  initializers: ReadonlyMap<string, ConstantTensor>,
): Linear | null {
  const weight = initializers.get(node.inputs[1] ?? '')
  if (node.domain !== '' || weight?.dtype !== 'float32') return null
  switch (node.op) {
    case 'Conv':
      // (M, C/group, ...)
      return withBias(node, initializers, weight, weight.dims[0] ?? 0, 0)
    case 'ConvTranspose':
      // (C, M/group, ...): the groups of output channels follow the groups of input channels.
      return readConvTranspose(node, initializers, weight)
    case 'Gemm':
      return readGemm(node, initializers, weight)
    default:
      return null
  }
}

/** Weights whose output channel is the index along `axis`. */
function withBias(
  node: Node,
  initializers: ReadonlyMap<string, ConstantTensor>,
  tensor: ConstantTensor,
  channels: number,
  axis: number,
): Linear | null {
  const inner = sizeOf(tensor.dims.slice(axis + 1))
  const size = tensor.dims[axis] ?? 1
  const bias = readBias(node, initializers, channels)
  return bias === null
    ? null
    : {
        weight: readFloats(tensor),
        weightDims: tensor.dims,
        channels,
        channelOf: (offset) => Math.floor(offset / inner) % size,
        bias,
      }
}

function readConvTranspose(
  node: Node,
  initializers: ReadonlyMap<string, ConstantTensor>,
  tensor: ConstantTensor,
): Linear | null {
  const group = intAttribute(node, 'group', 1)
  const [inputs = 0, perGroup = 0] = tensor.dims
  const linear = withBias(node, initializers, tensor, perGroup * group, 1)
  const kernel = sizeOf(tensor.dims.slice(2))
  return (
    linear && {
      ...linear,
      channelOf: (offset) => {
        const input = Math.floor(offset / (kernel * perGroup))
        const inGroup = Math.floor(input / (inputs / group))
        return inGroup * perGroup + (Math.floor(offset / kernel) % perGroup)
      },
    }
  )
}

/** alpha A B + beta C, with both factors put into the weights. */
function readGemm(
  node: Node,
  initializers: ReadonlyMap<string, ConstantTensor>,
  tensor: ConstantTensor,
): Linear | null {
  const axis = intAttribute(node, 'transB', 0) === 1 ? 0 : 1
  const linear = withBias(node, initializers, tensor, tensor.dims[axis] ?? 0, axis)
  const alpha = floatAttribute(node, 'alpha') ?? 1
  const beta = floatAttribute(node, 'beta') ?? 1
  return (
    linear && {
      ...linear,
      weight: linear.weight.map((value) => alpha * value),
      bias: linear.bias.map((value) => beta * value),
    }
  )
}

/** One value per channel: zeros without a bias, repeated when it is a single number. */
function readBias(
  node: Node,
  initializers: ReadonlyMap<string, ConstantTensor>,
  channels: number,
): Float32Array | null {
  const name = node.inputs[2] ?? ''
  if (name === '') return new Float32Array(channels)
  const tensor = initializers.get(name)
  if (tensor?.dtype !== 'float32') return null
  const values = readFloats(tensor)
  if (values.length === 1) return new Float32Array(channels).fill(values[0] ?? 0)
  return values.length === channels && tensor.dims.at(-1) === channels ? values : null
}

/** How often every value is read; outputs of the model and `kept` values once more. */
export function countReads(graph: Graph, kept: readonly string[]): ReadonlyMap<string, number> {
  const reads = new Map<string, number>()
  const names = [
    ...graph.nodes.flatMap((node) => node.inputs),
    ...graph.outputs.map((output) => output.name),
    ...kept,
  ]
  for (const name of names) reads.set(name, (reads.get(name) ?? 0) + 1)
  return reads
}
