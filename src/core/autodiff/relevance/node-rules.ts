/** @file Relevance at operators without weights. */

import { Failure } from '../../failure.ts'
import type { Model, Node, Value } from '../../onnx/ir.ts'
import { nodeLabel } from '../../onnx/node-label.ts'
import type { VjpRule } from '../rule.ts'
import { nodeRule, type RelevanceContext, standardVjp } from './delegate.ts'
import type { GraphView } from './graph-view.ts'
import { PASSING, PROPORTIONAL, ROUTING } from './operator-kinds.ts'
import { isAttention, isFunctionOf, signalOf } from './products.ts'
import { STABILISER, stabilise } from './stabilise.ts'

/**
 * The rule of a node that is no linear layer; undefined where the operator's own derivative is it.
 * The rule of an operator without one throws when relevance arrives there.
 */
export function ruleWithoutWeights(
  view: GraphView,
  node: Node,
  isNonNegative: (name: string) => boolean,
): VjpRule | undefined {
  const { op, inputs } = node
  const [first = '', second = ''] = inputs
  const isVarying = (name: string) => name !== '' && !view.isConstant(name)
  const varying = inputs.flatMap((name, index) => (isVarying(name) ? [index] : []))
  const [only, another] = varying
  // A constant shifts, scales or bounds: what it meets keeps its relevance.
  if (WITH_CONSTANT.has(op) && only !== undefined && another === undefined) return passTo(op, only)
  if (op === 'Sub' && isFunctionOf(view, second, first)) return passTo(op, 0)
  if (PROPORTIONAL.has(op))
    return isScatter(node) ? undefined : proportional(view.model, node, isNonNegative)
  if (op === 'Mul') {
    const signal = signalOf(view, first, second)
    if (signal !== 'both') return passTo(op, signal === 'first' ? 0 : 1)
    return evenly(op)
  }
  if (op === 'Div') return passTo(op, 0)
  // Sums, diagonals and orders of axes: linear, as the other shares are.
  if (op === 'Einsum' && inputs.length === 1) return proportional(view.model, node, isNonNegative)
  if (BILINEAR.has(op) && varying.length === 2) return bilinear(view, node, varying)
  if (PASSING.has(op)) return passTo(op, only ?? 0)
  if (isScatter(node) && reduction(node) === 'add')
    return proportional(view.model, node, isNonNegative)
  if (ROUTING.has(op) && (!isScatter(node) || reduction(node) === 'none')) return undefined
  return refuse(node)
}

const WITH_CONSTANT: ReadonlySet<string> = new Set([
  'Add',
  'Div',
  'Max',
  'Min',
  'Mul',
  'Sub',
  'Sum',
])
const BILINEAR: ReadonlySet<string> = new Set(['Einsum', 'Gemm', 'MatMul'])

function passTo(op: string, to: number): VjpRule {
  return nodeRule(op, ({ inputs, cotangent }) =>
    inputs.map((_, index) => (index === to ? cotangent : null)),
  )
}

/** Half to either factor, whatever their sizes. */
function evenly(op: string): VjpRule {
  return nodeRule(op, ({ g, inputs, cotangent }) => {
    const half = g.scale(cotangent, 1 / inputs.length)
    return inputs.map(() => half)
  })
}

/** x_i * dy/dx_i * R / s(y): a residual addition splits in proportion to its summands. */
function proportional(model: Model, node: Node, isNonNegative: (name: string) => boolean): VjpRule {
  const isPositive = isNonNegative(node.outputs[0] ?? '')
  return nodeRule(node.op, (context) => {
    const { g, y, cotangent } = context
    const share = g.div(cotangent, stabilise(g, y, STABILISER, { isPositive }))
    return shares(context, standardVjp(model, context, share))
  })
}

function shares(
  { g, inputs }: RelevanceContext,
  slopes: readonly (Value | null)[],
): readonly (Value | null)[] {
  return inputs.map((x, index) => {
    const slope = slopes[index]
    return x && slope ? g.mul(x, slope) : null
  })
}

/**
 * A product of two computed matrices: attention weights are taken as constants (Ali et al. 2022),
 * so that all relevance goes to the values; other pairs share it half and half.
 */
function bilinear(view: GraphView, node: Node, varying: readonly number[]): VjpRule {
  const values = varying.filter((index) => !isAttention(view, node.inputs[index] ?? ''))
  const receivers = values.length === 1 ? values : varying
  return nodeRule(node.op, (context) => {
    const { g, y, needs, cotangent } = context
    const share = g.div(cotangent, stabilise(g, y, STABILISER))
    const part = g.scale(share, 1 / receivers.length)
    const asked = needs.map((need, index) => need && receivers.includes(index))
    const slopes = standardVjp(view.model, context, part, { needs: asked })
    return shares(
      context,
      slopes.map((slope, index) => (asked[index] ? slope : null)),
    )
  })
}

function isScatter({ op }: Node): boolean {
  return op === 'ScatterElements' || op === 'ScatterND'
}

function reduction({ attributes }: Node): string {
  return attributes.reduction?.kind === 'string' ? attributes.reduction.value : 'none'
}

function refuse(node: Node): VjpRule {
  return nodeRule(node.op, () => {
    throw new Failure(
      'unsupported-operator',
      `Relevance has no rule for ${nodeLabel(node)}; gradient methods may know the operator, and ` +
        'occlusion works with any.',
    )
  })
}
