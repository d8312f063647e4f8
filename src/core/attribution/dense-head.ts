/** @file Finds the head that CAM is defined on: global average pooling, then one dense layer. */

import { readAttributes } from '../autodiff/attribute-reader.ts'
import { Failure } from '../failure.ts'
import { readNumbers } from '../onnx/constants.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Node, Value } from '../onnx/ir.ts'
import { nodeLabel } from '../onnx/node-label.ts'
import { product } from '../onnx/shape-arithmetic.ts'
import { globalPoolingOf } from './global-pooling.ts'

export interface DenseHead {
  /** What the pooling reads: (N, C, spatial). */
  readonly activations: Value
  /** What it gives, before any flattening. */
  readonly pooled: Value
}

/** They hand numbers on as they are. */
const MOVES: ReadonlySet<string> = new Set([
  'Cast',
  'Dropout',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
])
const DENSE: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul'])

/**
 * Walks back from the explained value: an optional bias, one dense layer (Gemm, MatMul or a 1x1
 * Conv), then the pooling; nothing else but changes of shape.
 * @throws Failure 'bad-request' saying what stands in the way
 */
export function findDenseHead(g: GraphBuilder, target: Value): DenseHead {
  let value = target
  let dense = 0
  for (;;) {
    const node = g.producerOf(value)
    if (!node) throw refuse(`nothing but the input leads to '${target.name}'`)
    const pooledFrom = dense > 0 ? globalAverageOf(g, node, value) : undefined
    if (pooledFrom) return { activations: pooledFrom, pooled: value }
    if (isDense(g, node)) {
      if (++dense > 1)
        throw refuse(`${nodeLabel(node)} is a second dense layer before '${target.name}'`)
    } else if (!isMove(g, node) && !isBias(g, node)) {
      throw refuse(`${nodeLabel(node)} lies between the pooling and '${target.name}'`)
    }
    const next = node.inputs.map((name) => g.find(name)).find((input) => isVarying(g, input))
    if (!next) throw refuse(`'${value.name}' does not depend on the input`)
    value = next
  }
}

function refuse(reason: string): Failure {
  return new Failure(
    'bad-request',
    `cam needs a network that ends in global average pooling and one dense layer, and a target that is this layer's output; here ${reason}. grad-cam works with any architecture`,
  )
}

function isVarying(g: GraphBuilder, value: Value | undefined): value is Value {
  return value !== undefined && g.constantOf(value) === undefined
}

function countVarying(g: GraphBuilder, node: Node): number {
  return node.inputs.filter((name) => isVarying(g, g.find(name))).length
}

/** Also a Gather of 0, 1, ..., n - 1: PyTorch writes the end of an adaptive pooling so. */
function isMove(g: GraphBuilder, node: Node): boolean {
  if (MOVES.has(node.op)) return true
  const [x, indices] = node.inputs.map((name) => g.find(name))
  const constant = indices && g.constantOf(indices)
  if (node.op !== 'Gather' || !x || !constant) return false
  const axis = readAttributes(node).int('axis', 0)
  const places = Array.from(readNumbers(constant), Number)
  return places.length === x.dims.at(axis) && places.every((place, i) => place === i)
}

function isBias(g: GraphBuilder, node: Node): boolean {
  return node.op === 'Add' && countVarying(g, node) === 1
}

function isDense(g: GraphBuilder, node: Node): boolean {
  if (!DENSE.has(node.op) || countVarying(g, node) !== 1) return false
  const x = g.find(node.inputs[0] ?? '')
  return node.op !== 'Conv' || (x !== undefined && product(x.dims.slice(2)) === 1)
}

/** The input of a mean over all of its spatial axes; undefined for any other node. */
function globalAverageOf(g: GraphBuilder, node: Node, pooled: Value): Value | undefined {
  const [x, given] = node.inputs.map((name) => g.find(name))
  if (!x) return undefined
  const axes = given && g.constantOf(given)
  const pooling = globalPoolingOf(node, { from: x.dims, to: pooled.dims, axes })
  return pooling === 'mean' ? x : undefined
}
