/** @file The rule book of relevance: linear layers by a composite, everything else by its operator. */

import type { Model, Node } from '../../onnx/ir.ts'
import { noGradientOperators } from '../no-gradient.ts'
import type { RuleBook } from '../recipe.ts'
import type { VjpRule } from '../rule.ts'
import type { Composite } from './composites.ts'
import { nodeRule } from './delegate.ts'
import { openDiagonalLayer } from './diagonal-layer.ts'
import { createGraphView, type GraphView } from './graph-view.ts'
import { createJoinedLayers } from './joined-layers.ts'
import { nonNegativeValues } from './known-sign.ts'
import { openLayer } from './layer.ts'
import { findPlaces } from './layer-places.ts'
import { readLinearNode } from './linear-node.ts'
import { ruleWithoutWeights } from './node-rules.ts'
import { relevanceIsPositiveOnly } from './positive-only.ts'
import { collectShares } from './shares.ts'

export interface RelevanceSettings {
  readonly composite: Composite
  /** A batch normalisation is a layer of its own (its neighbours took in what they could). */
  readonly batchNormIsLayer: boolean
}

/**
 * Relevance in place of the gradient: what `gradients` then gives is the relevance of every value.
 * @param target the explained value, where it is known
 */
export function relevanceRules(settings: RelevanceSettings, target?: string): RuleBook {
  return {
    key: `relevance:${settings.composite.key};${settings.batchNormIsLayer}`,
    open(model) {
      const view = createGraphView(model, target)
      const rules = new Map<Node, VjpRule | undefined>()
      const choose = createChooser(model, view, settings)
      return (node) => {
        if (!rules.has(node)) rules.set(node, choose(node))
        return rules.get(node)
      }
    },
  }
}

function createChooser(
  model: Model,
  view: GraphView,
  { composite, batchNormIsLayer }: RelevanceSettings,
) {
  const placeOf = findPlaces(view)
  const joined = createJoinedLayers(model, view)
  const isNonNegative = nonNegativeValues(view)
  const isPositiveOnly = relevanceIsPositiveOnly(view, (node) => {
    const place = placeOf(node)
    return place && composite.choose(place)
  })
  return (node: Node): VjpRule | undefined => {
    if (node.domain !== '' || noGradientOperators.includes(node.op)) return undefined
    const linear = readLinearNode(view, node)
    const place = placeOf(node)
    if (linear && place) {
      const rule = composite.choose(place)
      return nodeRule(node.op, (context) => {
        const output = linear.lateBias?.add.outputs[0] ?? node.outputs[0] ?? ''
        const layer = openLayer(model, linear, context, {
          isPositive: isNonNegative(node.inputs[linear.data] ?? ''),
          isPositiveOnly: isPositiveOnly(output),
        })
        return node.inputs.map((_, index) =>
          layer && index === linear.data ? joined.collect(linear, layer, rule) : null,
        )
      })
    }
    const training = node.attributes.training_mode
    // The standard rule says what is wrong with it.
    if (training?.kind === 'int' && training.value !== 0) return undefined
    if (node.op !== 'BatchNormalization') return ruleWithoutWeights(view, node, isNonNegative)
    const before = batchNormIsLayer ? joined.linearOf(node) : undefined
    const beforePlace = before && placeOf(before.node)
    if (before && beforePlace) {
      return nodeRule(node.op, (context) => {
        joined.leave(context, before, composite.choose(beforePlace), {
          isPositive: isNonNegative(before.node.inputs[before.data] ?? ''),
          isPositiveOnly: isPositiveOnly(node.outputs[0] ?? ''),
        })
        // The layer hands it on; nothing arrives at its plain output.
        const { g, y } = context
        return node.inputs.map((_, index) => (index === 0 ? g.zeros(y.dims, y.dtype) : null))
      })
    }
    return nodeRule(node.op, (context) => {
      const rank = context.y.dims.length
      const family = rank > 2 ? 'conv' : 'dense'
      const layer = batchNormIsLayer
        ? openDiagonalLayer(context, {
            isPositive: isNonNegative(node.inputs[0] ?? ''),
            isPositiveOnly: isPositiveOnly(node.outputs[0] ?? ''),
          })
        : null
      const inner = { family, isFirst: false, isFirstConv: false, isLast: false } as const
      const rule = composite.choose(inner)
      const own = layer
        ? collectShares(layer, rule.sharesOfOne?.(layer) ?? rule.shares(layer))
        : context.cotangent
      return node.inputs.map((_, index) => (index === 0 ? own : null))
    })
  }
}
