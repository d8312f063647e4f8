/** @file The biases of a network: every constant that a layer adds, where it is added. */

import { readAttributes } from '../autodiff/attribute-reader.ts'
import { readNumbers } from '../onnx/constants.ts'
import { isFloat } from '../onnx/dtypes.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../onnx/ir.ts'
import { broadcastDims, sameDims } from '../onnx/shape-arithmetic.ts'
import { isChannelsLast } from './channels-last.ts'

export interface LayerBias {
  /** The value that the bias is part of. */
  readonly output: Value
  /** Broadcasts to the output. */
  readonly bias: Value
  /** Whether the output is (N, C, space). */
  readonly isSpatial: boolean
}

/** They move or join axes: what follows is features or tokens. */
const ENDS_SPACE: ReadonlySet<string> = new Set([
  'Einsum',
  'Flatten',
  'Gemm',
  'MatMul',
  'Reshape',
  'Softmax',
  'Transpose',
])
/** Their outputs are (N, C, space) whatever came before. */
const MAKES_SPACE: ReadonlySet<string> = new Set([
  'BatchNormalization',
  'Conv',
  'ConvTranspose',
  'GroupNormalization',
  'InstanceNormalization',
])

/**
 * Biases of Conv, ConvTranspose and Gemm; of Add and Sub with a constant; the implicit one of
 * BatchNormalization, beta - gamma mean / sqrt(variance + epsilon); beta of the normalisations that
 * measure mean and variance on the input itself. Constants that are not finite (masks) are left out.
 */
export function findBiases(g: GraphBuilder, model: Model): readonly LayerBias[] {
  const spatial = new Set(
    model.graph.inputs.flatMap(({ name }) => {
      const input = g.find(name)
      return input && input.dims.length > 2 && !isChannelsLast(g, model, input) ? [name] : []
    }),
  )
  return model.graph.nodes.flatMap((node) => {
    const output = g.find(node.outputs[0] ?? '')
    if (node.domain !== '' || !output || !isFloat(output.dtype)) return []
    if (keepsSpace(g, node, output, spatial)) spatial.add(output.name)
    const bias = biasOf(g, node, output)
    return bias ? [{ output, bias, isSpatial: spatial.has(output.name) }] : []
  })
}

function keepsSpace(
  g: GraphBuilder,
  { op, inputs }: Node,
  { dims }: Value,
  spatial: ReadonlySet<string>,
): boolean {
  if (dims.length < 3) return false
  if (MAKES_SPACE.has(op)) return true
  if (ENDS_SPACE.has(op)) return false
  return inputs.some((name) => spatial.has(name) && g.find(name)?.dims.length === dims.length)
}

function biasOf(g: GraphBuilder, node: Node, output: Value): Value | null {
  const at = (index: number) => knownInput(g, node, index)
  const attributes = readAttributes(node)
  const alongChannels = (value: Value | null) => value && perChannel(g, value, output)
  switch (node.op) {
    case 'Add':
      return broadcasts(at(0) ?? at(1), output)
    case 'BatchNormalization':
      return alongChannels(batchNormBias(g, node))
    case 'Conv':
    case 'ConvTranspose':
    case 'InstanceNormalization':
      return alongChannels(at(2))
    case 'Gemm': {
      const bias = broadcasts(at(2), output)
      return bias && g.scale(bias, attributes.float('beta', 1))
    }
    case 'GroupNormalization':
      return alongChannels(at(2))
    case 'LayerNormalization':
      return broadcasts(at(2), output)
    case 'Sub': {
      const [minuend, subtrahend] = [at(0), at(1)]
      return broadcasts(minuend ?? (subtrahend && g.neg(subtrahend)), output)
    }
    default:
      return null
  }
}

/** An input whose contents do not depend on the model's input, all of them finite. */
function knownInput(g: GraphBuilder, node: Node, index: number): Value | null {
  const value = g.find(node.inputs[index] ?? '')
  const tensor = value && g.constantOf(value)
  if (!tensor || !isFloat(tensor.dtype)) return null
  return readNumbers(tensor).every(Number.isFinite) ? value : null
}

function broadcasts(bias: Value | null, output: Value): Value | null {
  if (!bias || bias.dims.length > output.dims.length) return null
  return sameDims(broadcastDims(bias.dims, output.dims), output.dims) ? bias : null
}

/** (C) or, where each group of channels has one, (groups), as (1, C, 1, ...). */
function perChannel(g: GraphBuilder, bias: Value, { dims }: Value): Value | null {
  const [, channels = 1, ...space] = dims
  const [own = 1] = bias.dims
  const ones = space.map(() => 1)
  const spread = g.expand(g.reshape(bias, [1, own, 1]), [1, own, channels / own])
  return g.reshape(spread, [1, channels, ...ones])
}

function batchNormBias(g: GraphBuilder, node: Node): Value | null {
  const [scale, beta, mean, variance] = [1, 2, 3, 4].map((index) => knownInput(g, node, index))
  if (!scale || !beta || !mean || !variance) return null
  const epsilon = g.scalarLike(variance, readAttributes(node).float('epsilon', 1e-5))
  const slope = g.div(scale, g.sqrt(g.add(variance, epsilon)))
  return g.sub(beta, g.mul(mean, slope))
}
