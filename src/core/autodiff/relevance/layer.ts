/** @file A linear layer as relevance rules see it: its parts, and its product with other weights. */

import { readFloats } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../../onnx/ir.ts'
import { range, sameDims } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import { type RelevanceContext, standardVjp } from './delegate.ts'
import type { LinearNode } from './linear-node.ts'
import { isZero, type WeightPart, weightPart } from './weight-parts.ts'

/** z = W x + b. */
export interface Layer {
  readonly g: GraphBuilder
  readonly x: Value
  readonly bias: Value | null
  /** z of the model's own run. */
  readonly z: Value
  /** Relevance of z. */
  readonly relevance: Value
  /** The axes of x that hold one row of the batch. */
  readonly rowAxes: readonly number[]
  /** x is never negative. */
  readonly isPositive: boolean
  /** No relevance arrives where z is negative. */
  readonly isPositiveOnly: boolean
  /** part(W) x + b with other numbers; null leaves the bias out. The batch of `x` may be 1. */
  forward(x: Value, part: WeightPart, bias: Value | null): Value
  /** `bias`, or numbers in its shape, in a shape that broadcasts to z's. */
  broadcastBias(bias: Value): Value
  /** part(W)^T c, in the shape of x. */
  adjoint(c: Value, part: WeightPart): Value
  /** Whether a part of W is known to be zero everywhere. */
  isZero(part: WeightPart): boolean
  /** Ones in the shape of x, for one row where rows are alike. */
  ones(): Value
}

interface Signs {
  readonly isPositive: boolean
  readonly isPositiveOnly: boolean
}

/** Opens a layer at its node; `context.cotangent` is the relevance of its output. */
export function openLayer(
  model: Model,
  linear: LinearNode,
  context: RelevanceContext,
  signs: Signs,
): Layer | null {
  const { g, y } = context
  const scaled = withoutFactors(g, linear, context)
  const { node } = scaled
  const x = context.inputs[linear.data]
  const w = scaled.inputs[linear.weights]
  if (!x || !w) return null
  const own = scaled.inputs[2] ?? null
  const late = linear.lateBias ? lateBias(model, linear, context) : null
  const bias = own ?? late?.bias ?? null
  const isConv = linear.family === 'conv'
  const isOwn = (added: Value) => own !== null && sameDims(added.dims, own.dims)
  const replaced = (data: Value, weights: Value) =>
    scaled.inputs.map((input, index) =>
      index === linear.data
        ? data
        : index === linear.weights
          ? weights
          : index === 2
            ? null
            : input,
    )
  return {
    g,
    x,
    bias,
    z: late?.z ?? y,
    relevance: context.cotangent,
    rowAxes: rowAxes(linear, context, x),
    ...signs,
    isZero: (part) => isZero(g, weightPart(g, w, part)),
    forward(data, part, added) {
      const operands = replaced(data, weightPart(g, w, part)).slice(0, 2)
      const dims = isConv ? y.dims.with(0, data.dims[0] ?? 1) : y.dims
      const fits = added !== null && isOwn(added)
      const result = g.node(
        node.op,
        fits ? [...operands, added] : operands,
        dims,
        node.attributes,
        y.dtype,
      )
      return added && !fits ? g.add(result, added) : result
    },
    // A convolution's own bias has one number per channel: axis 1 of z.
    broadcastBias: (added) =>
      isConv && isOwn(added)
        ? g.reshape(
            added,
            y.dims.map((size, axis) => (axis === 1 ? size : 1)),
          )
        : added,
    adjoint(c, part) {
      const asked = { ...context, node, attributes: readAttributes(node) }
      const needs = scaled.inputs.map((_, index) => index === linear.data)
      const inputs = replaced(x, weightPart(g, w, part))
      return (
        standardVjp(model, asked, c, { inputs, needs })[linear.data] ?? g.zeros(x.dims, x.dtype)
      )
    },
    ones: () => g.expand(g.scalar(1, x.dtype), isConv ? x.dims.with(0, 1) : x.dims),
  }
}

/** The batch comes first, except where the weights stand on the left or a Gemm transposes x. */
function rowAxes(
  { node, data }: LinearNode,
  { attributes }: RelevanceContext,
  { dims }: Value,
): readonly number[] {
  const rank = dims.length
  if (node.op === 'MatMul' && data === 1) return [Math.max(0, rank - 2)]
  if (node.op !== 'Gemm') return range(1, rank)
  const isTransposed = attributes.int(data === 0 ? 'transA' : 'transB', 0) !== 0
  return [isTransposed === (data === 0) ? 0 : 1]
}

/** Gemm's alpha and beta belong to its weights and its bias: their signs count. */
function withoutFactors(
  g: GraphBuilder,
  { node, weights }: LinearNode,
  { inputs, attributes }: RelevanceContext,
): { readonly node: Node; readonly inputs: readonly (Value | null)[] } {
  if (node.op !== 'Gemm') return { node, inputs }
  const factors = [1, 1, attributes.float('beta', 1)].with(weights, attributes.float('alpha', 1))
  const { alpha: _alpha, beta: _beta, ...rest } = node.attributes
  return {
    node: { ...node, attributes: rest },
    inputs: inputs.map((input, index) => input && scaleConstant(g, input, factors[index] ?? 1)),
  }
}

function scaleConstant(g: GraphBuilder, value: Value, factor: number): Value {
  if (factor === 1) return value
  const known = g.constantOf(value)
  if (known?.dtype !== 'float32') return g.scale(value, factor)
  return g.numbers(
    known.dims,
    readFloats(known).map((number) => number * factor),
  )
}

/**
 * A bias that is added after the elements moved, as it is where the layer computes: the moves only
 * permute, crop or pad, so their adjoint brings the constant back.
 */
function lateBias(
  model: Model,
  { lateBias: late }: LinearNode,
  context: RelevanceContext,
): { readonly bias: Value; readonly z: Value } | null {
  const { g, y } = context
  const constant = late && g.find(late.bias)
  const sum = late && g.find(late.add.outputs[0] ?? '')
  if (!late || !constant || !sum) return null
  if (late.moves.length === 0 && !sameDims(sum.dims, y.dims)) return null
  if (late.moves.length === 0) return { bias: constant, z: sum }
  const last = late.moves.at(-1)
  const moved = last && g.find(last.node.outputs[0] ?? '')
  if (!moved || !sameDims(moved.dims, sum.dims)) return null
  const bias = late.moves.toReversed().reduce<Value>(
    (value, { node, input }) => {
      const inputs = node.inputs.map((name) => (name === '' ? null : (g.find(name) ?? null)))
      const output = g.find(node.outputs[0] ?? '')
      if (!output) return value
      const asked = {
        ...context,
        node,
        attributes: readAttributes(node),
        inputs,
        needs: inputs.map((_, index) => index === input),
        y: output,
        outputs: [output],
      }
      return standardVjp(model, asked, value)[input] ?? value
    },
    g.expand(constant, sum.dims),
  )
  return { bias, z: g.add(y, bias) }
}
