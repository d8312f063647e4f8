/**
 * @file A linear layer with batch norms right behind it, each of which makes one merged layer of it.
 *
 * The norms are reached first on the way back. Each leaves what its merged layer gives the input with
 * the layer, which hands over the sum; what the layer's output got otherwise is added as usual.
 */

import {
  mergeScaling,
  readLinear,
  readScaling,
  type Scaling,
} from '../../onnx/fold-batch-normalization.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../../onnx/ir.ts'
import { readAttributes } from '../attribute-reader.ts'
import type { RelevanceContext } from './delegate.ts'
import type { GraphView } from './graph-view.ts'
import { type Layer, openLayer } from './layer.ts'
import { type LinearNode, readLinearNode } from './linear-node.ts'
import type { LinearRule } from './linear-rules.ts'

interface Left {
  /** Cotangents of the layer's own W x. */
  readonly signals: Value[]
  /** Relevance of the layer's x. */
  readonly relevances: Value[]
}

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
  const left = new Map<Node, Left>()
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
      if (!scaling) return
      const entry = left.get(linear.node) ?? { signals: [], relevances: [] }
      left.set(linear.node, entry)
      const { g, y, cotangent } = context
      if (rule.signal) {
        const dims = y.dims.map((size, axis) => (axis === 1 ? size : 1))
        const factors = g.numbers(dims, Array.from(scaling.scale))
        const signal = rule.signal({ g, z: y, relevance: cotangent })
        entry.signals.push(g.mul(signal, factors))
        return
      }
      const layer = openMerged(model, context, linear, scaling, signs)
      if (layer) entry.relevances.push(rule.apply(layer))
    },
    collect(linear, layer, rule) {
      const { g } = layer
      const entry = left.get(linear.node)
      if (!entry) return rule.apply(layer)
      const own = hasOther(linear) ? layer : null
      const signals = [...entry.signals, ...(own && rule.signal ? [rule.signal(own)] : [])]
      const relevances = [...entry.relevances, ...(own && !rule.signal ? [rule.apply(own)] : [])]
      if (signals.length > 0)
        relevances.push(g.mul(layer.x, layer.adjoint(sum(g, signals), layer.w)))
      return sum(g, relevances)
    },
  }
}

/** The layer with the factors and shifts of one norm in its weights. */
function openMerged(
  model: Model,
  { g, y, cotangent, ...context }: RelevanceContext,
  linear: LinearNode,
  scaling: Scaling,
  signs: Pick<Layer, 'isPositive' | 'isPositiveOnly'>,
): Layer | null {
  const { node } = linear
  const plain = g.find(node.outputs[0] ?? '')
  const weights = readLinear(node, model.graph.initializers)
  if (!plain || !weights) return null
  const inputs = node.inputs.map((name) => (name === '' ? null : (g.find(name) ?? null)))
  const base = openLayer(
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
  if (!base) return null
  const merged = mergeScaling(weights, scaling)
  const perChannel = y.dims.map((size, axis) => (axis === 1 ? size : 1))
  return {
    ...base,
    w: g.constant(merged.weight),
    bias: g.constant({ ...merged.bias, dims: perChannel }),
    z: y,
  }
}

function sum(g: GraphBuilder, values: readonly Value[]): Value {
  const [head, ...tail] = values
  return tail.reduce((total, value) => g.add(total, value), head ?? g.scalar(0))
}
