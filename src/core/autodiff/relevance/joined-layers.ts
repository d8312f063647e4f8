/**
 * @file A linear layer with batch norms right behind it, each of which makes one merged layer of it.
 *
 * The norms are reached first on the way back. Each leaves what its merged layer gives the input with
 * the layer, which hands over the sum; what the layer's output got otherwise is added as usual.
 */

import { readLinear, readScaling, type Scaling } from '../../onnx/fold-batch-normalization.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../../onnx/ir.ts'
import { readAttributes } from '../attribute-reader.ts'
import type { RelevanceContext } from './delegate.ts'
import type { GraphView } from './graph-view.ts'
import { type Layer, openLayer } from './layer.ts'
import { type LinearNode, readLinearNode } from './linear-node.ts'
import type { LinearRule } from './linear-rules.ts'
import { collectShares, type Share } from './shares.ts'
import { partsOfScaled, type WeightPart } from './weight-parts.ts'

export interface JoinedLayers {
  /** The layer that a batch norm belongs to. */
  linearOf(norm: Node): LinearNode | undefined
  /** Shares out the relevance of the norm's output; the layer collects it. */
  leave(
    context: RelevanceContext,
    linear: LinearNode,
    rule: LinearRule,
    signs: Pick<Layer, 'isPositive' | 'isPositiveOnly'>,
  ): void
  /** Relevance of the layer's x; `layer.relevance` is what came by other ways. */
  collect(linear: LinearNode, layer: Layer, rule: LinearRule): Value
}

export function createJoinedLayers(model: Model, view: GraphView): JoinedLayers {
  const { initializers } = model.graph
  const left = new Map<Node, readonly Share[]>()
  const linearOf = (norm: Node): LinearNode | undefined => {
    const node = view.producer(norm.inputs[0] ?? '')
    const linear = norm.op === 'BatchNormalization' && node ? readLinearNode(view, node) : undefined
    const scaling = linear && readScaling(norm, initializers)
    if (!linear || linear.lateBias || !scaling) return undefined
    const channels = readLinear(linear.node, initializers)?.channels
    return linear.data === 0 && channels === scaling.scale.length ? linear : undefined
  }
  const hasOther = ({ node }: LinearNode) => {
    const [output = ''] = node.outputs
    const readers = view.readers(output).filter(({ outputs }) => outputs.some(view.leadsToTarget))
    return output === view.target || readers.some((reader) => linearOf(reader) === undefined)
  }
  return {
    linearOf,
    leave(context, linear, rule, signs) {
      const scaling = readScaling(context.node, initializers)
      const base = scaling && openBase(model, context, linear, signs)
      const weights = readLinear(linear.node, initializers)
      if (!base || !weights) return
      const bias = weights.bias.map(
        (value, i) =>
          (value - (scaling.mean[i] ?? 0)) * (scaling.scale[i] ?? 1) + (scaling.beta[i] ?? 0),
      )
      const merged = scaleLayer(base, scaling, bias, context.y)
      const shares = rule.shares(merged).flatMap((share) => unscale(share, base.g, scaling))
      left.set(linear.node, [...(left.get(linear.node) ?? []), ...shares])
    },
    collect(linear, layer, rule) {
      const shares = left.get(linear.node)
      const own = !shares || hasOther(linear) ? rule.shares(layer) : []
      return collectShares(layer, [...(shares ?? []), ...own])
    },
  }
}

/** The plain layer, asked by one of its norms. */
function openBase(
  model: Model,
  { g, cotangent, ...context }: RelevanceContext,
  linear: LinearNode,
  signs: Pick<Layer, 'isPositive' | 'isPositiveOnly'>,
): Layer | null {
  const { node } = linear
  const plain = g.find(node.outputs[0] ?? '')
  if (!plain) return null
  const inputs = node.inputs.map((name) => (name === '' ? null : (g.find(name) ?? null)))
  return openLayer(
    model,
    linear,
    {
      ...context,
      ...{ g, node, inputs, cotangent, attributes: readAttributes(node), y: plain },
      needs: inputs.map((_, index) => index === linear.data),
      outputs: [plain],
      cotangents: [cotangent],
    },
    signs,
  )
}

/**
 * The layer s W x + b. Its parts are parts of W times factors, so all norms of one layer share the
 * products with W; only the factors differ.
 */
function scaleLayer(base: Layer, scaling: Scaling, bias: Float32Array, z: Value): Layer {
  const { g } = base
  const piecesOf = (part: WeightPart) =>
    partsOfScaled(part).flatMap(({ of, factor }) => {
      const factors = Array.from(scaling.scale, factor)
      const isIdle = factors.every((f) => f === 0) || base.isZero(of)
      return isIdle ? [] : [{ of, factors: perChannel(g, z, factors) }]
    })
  const perRow = (data: Value, part: WeightPart) =>
    piecesOf(part).map(({ of, factors }) => g.mul(base.forward(data, of, null), factors))
  return {
    ...base,
    z,
    bias: perChannel(g, z, Array.from(bias)),
    isZero: (part) => piecesOf(part).length === 0,
    forward(data, part, added) {
      const terms = [...perRow(data, part), ...(added ? [added] : [])]
      const [head = g.zeros(z.dims, z.dtype), ...tail] = terms
      return tail.reduce((sum, term) => g.add(sum, term), head)
    },
    adjoint(c, part) {
      const pulls = piecesOf(part).map(({ of, factors }) => base.adjoint(g.mul(c, factors), of))
      const [head = g.zeros(base.x.dims, base.x.dtype), ...tail] = pulls
      return tail.reduce((sum, pull) => g.add(sum, pull), head)
    },
  }
}

/** The same share in terms of the plain layer. */
function unscale({ x, part, c }: Share, g: GraphBuilder, scaling: Scaling): readonly Share[] {
  return partsOfScaled(part).flatMap(({ of, factor }) => {
    const factors = Array.from(scaling.scale, factor)
    if (factors.every((f) => f === 0)) return []
    const isOne = factors.every((f) => f === 1)
    return [{ x, part: of, c: isOne ? c : g.mul(c, perChannel(g, c, factors)) }]
  })
}

function perChannel(g: GraphBuilder, { dims, dtype }: Value, numbers: readonly number[]): Value {
  return g.numbers(
    dims.map((size, axis) => (axis === 1 ? size : 1)),
    numbers,
    dtype,
  )
}
