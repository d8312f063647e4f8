/** @file Reverse mode: walks the graph back from the target along the path to the requested values. */

import { Failure } from '../failure.ts'
import { isFloat } from '../onnx/dtypes.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../onnx/ir.ts'
import { nodeLabel } from '../onnx/node-label.ts'
import { broadcastAxes, broadcastDims, sameDims } from '../onnx/shape-arithmetic.ts'
import { readAttributes } from './attribute-reader.ts'
import { ruleFinder } from './find-rule.ts'
import type { ProviderTraits } from './lowering/provider-traits.ts'
import type { RuleSet } from './recipe.ts'
import type { VjpRule } from './rule.ts'

export interface Backpropagation {
  readonly g: GraphBuilder
  readonly model: Model
  readonly rules: RuleSet
  readonly traits: ProviderTraits
  readonly target: Value
  /** Same shape as the target. */
  readonly cotangent: Value
  readonly of: readonly Value[]
}

/**
 * Derivative of sum(cotangent * target) with respect to each value of `of`, in their shapes; zeros
 * where no differentiable path leads to the target.
 */
export function backpropagate(request: Backpropagation): readonly Value[] {
  const { g, model, target } = request
  const ruleOf = ruleFinder(model, request.rules)
  const onPath = differentiablePath(request, ruleOf)
  const cotangents = new Map<string, Value>([[target.name, request.cotangent]])
  for (const node of model.graph.nodes.toReversed()) {
    const incoming = node.outputs.map((name) => cotangents.get(name) ?? null)
    if (incoming.every((cotangent) => cotangent === null)) continue
    const needs = node.inputs.map((name) => onPath.has(name))
    if (!needs.includes(true)) continue
    const rule = ruleOf(node)
    if (rule === 'no-gradient') continue
    for (const [index, cotangent] of applyRule(request, rule, node, incoming, needs).entries()) {
      const input = needs[index] ? g.find(node.inputs[index] ?? '') : undefined
      if (!input || !cotangent) continue
      const own = sumToShape(g, node, cotangent, input)
      const earlier = cotangents.get(input.name)
      cotangents.set(input.name, earlier ? g.add(earlier, own) : own)
    }
  }
  return request.of.map((value) => cotangents.get(value.name) ?? g.zeros(value.dims, value.dtype))
}

/** Names of the floating-point values that depend on a requested value and lead to the target. */
function differentiablePath(
  { g, model, of, target }: Backpropagation,
  ruleOf: ReturnType<typeof ruleFinder>,
): Set<string> {
  const downstream = new Set(of.map((value) => value.name))
  for (const node of model.graph.nodes) {
    if (!node.inputs.some((name) => downstream.has(name))) continue
    if (ruleOf(node, () => undefined) === 'no-gradient') continue
    for (const name of node.outputs) {
      const value = g.find(name)
      if (value && isFloat(value.dtype)) downstream.add(name)
    }
  }
  const upstream = new Set([target.name])
  for (const node of model.graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => upstream.has(name))) continue
    for (const name of node.inputs) if (name !== '') upstream.add(name)
  }
  return new Set([...downstream].filter((name) => upstream.has(name)))
}

function applyRule(
  { g, traits }: Backpropagation,
  rule: VjpRule,
  node: Node,
  incoming: readonly (Value | null)[],
  needs: readonly boolean[],
): readonly (Value | null)[] {
  const outputs = node.outputs.map((name) => g.find(name) ?? null)
  const inputs = node.inputs.map((name) => (name === '' ? null : (g.find(name) ?? null)))
  const [y] = outputs
  if (!y) throw new Failure('internal', `${nodeLabel(node)} has no first output.`)
  const padded = padToArity(rule, node, inputs)
  const result = rule.apply({
    g,
    traits,
    node,
    attributes: readAttributes(node),
    inputs: padded,
    needs: padded.map((_, index) => needs[index] ?? false),
    y,
    outputs,
    cotangent: incoming[0] ?? g.zeros(y.dims, y.dtype),
    cotangents: incoming,
  })
  if (result.length !== padded.length) {
    throw new Failure(
      'internal',
      `The rule of ${nodeLabel(node)} gave ${result.length} cotangents for ${padded.length} inputs.`,
    )
  }
  return result
}

function padToArity(
  rule: VjpRule,
  node: Node,
  inputs: readonly (Value | null)[],
): readonly (Value | null)[] {
  if (rule.inputs === 'variadic') return inputs
  if (inputs.length > rule.inputs.length) {
    throw new Failure(
      'unsupported-operator',
      `${nodeLabel(node)} has ${inputs.length} inputs; its gradient rule knows ${rule.inputs.length}.`,
    )
  }
  return rule.inputs.map((name, index) => {
    const input = inputs[index] ?? null
    if (!input && !name.endsWith('?')) {
      throw new Failure('bad-file', `${nodeLabel(node)} lacks its input '${name}'.`)
    }
    return input
  })
}

/** Undoes broadcasting: sums over the axes that were expanded. */
function sumToShape(g: GraphBuilder, node: Node, cotangent: Value, input: Value): Value {
  if (sameDims(cotangent.dims, input.dims)) return cotangent
  const whole = broadcastDims(cotangent.dims, input.dims)
  const summed = g.reduceSum(g.expand(cotangent, whole), broadcastAxes(input.dims, whole))
  const result = g.reshape(summed, input.dims)
  if (sameDims(result.dims, input.dims)) return result
  throw new Failure('internal', `The rule of ${nodeLabel(node)} gave a cotangent of a wrong shape.`)
}
