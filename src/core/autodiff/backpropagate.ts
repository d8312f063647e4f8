/** @file Reverse mode: walks the graph back from the target along the path to the requested values. */

import { Failure } from '../failure.ts'
import { isFloat } from '../onnx/dtypes.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../onnx/ir.ts'
import { nodeLabel } from '../onnx/node-label.ts'
import { isQuantised, QUANTISED_ADVICE } from '../onnx/quantised.ts'
import { broadcastAxes, broadcastDims, sameDims } from '../onnx/shape-arithmetic.ts'
import { applyRule } from './apply-rule.ts'
import { ruleFinder } from './find-rule.ts'
import { emitSlope, findLocalFunctions } from './local-slopes.ts'
import type { ProviderTraits } from './lowering/provider-traits.ts'
import type { RuleSet } from './recipe.ts'

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
 * where nothing leads to the target.
 * @throws Failure 'unsupported-operator' where all that leads there goes in steps (rounding, ArgMax)
 */
export function backpropagate(request: Backpropagation): readonly Value[] {
  const { g, model, target, traits } = request
  const ruleOf = ruleFinder(model, request.rules)
  const onPath = differentiablePath(request, ruleOf)
  const standardRule = (node: Node) => ruleOf(node, () => undefined)
  const asked = new Set(request.of.map((value) => value.name))
  const functions = findLocalFunctions(g, model, standardRule, asked)
  refuseQuantised(request)
  refuseSteps(request, ruleOf, onPath)
  const cotangents = new Map<string, Value>([[target.name, request.cotangent]])
  for (const node of model.graph.nodes.toReversed()) {
    const incoming = node.outputs.map((name) => cotangents.get(name) ?? null)
    if (incoming.every((cotangent) => cotangent === null)) continue
    const needs = node.inputs.map((name) => onPath.has(name))
    if (!needs.includes(true)) continue
    const rule = ruleOf(node)
    if (rule === 'no-gradient') continue
    const accumulate = (input: Value, own: Value) => {
      const earlier = cotangents.get(input.name)
      cotangents.set(input.name, earlier ? addUnexpanded(g, earlier, own) : own)
    }
    const [only] = incoming
    const local = functions.get(node)
    if (local && only) {
      const slope = onPath.has(local.x.name) ? emitSlope(g, traits, local, standardRule) : null
      if (slope) accumulate(local.x, g.mul(only, slope))
      continue
    }
    const results = applyRule({ g, traits, rule, node, incoming, needs })
    for (const [index, cotangent] of results.entries()) {
      const input = needs[index] ? g.find(node.inputs[index] ?? '') : undefined
      if (input && cotangent) accumulate(input, sumToShape(g, node, cotangent, input))
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

/**
 * A quantised operator between a requested value and the target stops whatever comes back through
 * it, under every set of rules: the zeros beyond it would look like an answer.
 */
function refuseQuantised({ model, of, target }: Backpropagation): void {
  const met = new Set(dependents(model, of).nodes.filter(isQuantised))
  if (met.size === 0) return
  const upstream = new Set([target.name])
  for (const node of model.graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => upstream.has(name))) continue
    if (met.has(node)) throw noGradient(node, QUANTISED_ADVICE)
    for (const name of node.inputs) if (name !== '') upstream.add(name)
  }
}

/** What depends on the numbers of `of`: nodes in the order of the graph, and names of values. */
function dependents(model: Model, of: readonly Value[]) {
  const names = new Set(of.map(({ name }) => name))
  const nodes: Node[] = []
  for (const node of model.graph.nodes) {
    // What only asks for a shape does not depend on the numbers.
    if (node.op === 'Shape' || node.op === 'Size') continue
    if (!node.inputs.some((name) => names.has(name))) continue
    for (const name of node.outputs) names.add(name)
    nodes.push(node)
  }
  return { nodes, names }
}

function noGradient(node: Node, advice: string): Failure {
  return new Failure('unsupported-operator', `${nodeLabel(node)} has no gradient: ${advice}`)
}

/** A target that changes in steps has the gradient zero: a map of it would look like an answer. */
function refuseSteps(
  { model, of, target }: Backpropagation,
  ruleOf: ReturnType<typeof ruleFinder>,
  onPath: ReadonlySet<string>,
): void {
  if (of.length === 0 || onPath.has(target.name)) return
  const { nodes, names } = dependents(model, of)
  const step = nodes.findLast((node) => ruleOf(node, () => undefined) === 'no-gradient')
  if (!step || !names.has(target.name)) return
  const advice = `'${target.name}' changes in steps with the input; occlusion works with any operator.`
  throw noGradient(step, advice)
}

/** a + b, without an array of its own for a summand that was only repeated (the mean's cotangent). */
function addUnexpanded(g: GraphBuilder, a: Value, b: Value): Value {
  const narrow = unexpanded(g, b)
  return narrow === b ? g.add(unexpanded(g, a), b) : g.add(a, narrow)
}

function unexpanded(g: GraphBuilder, value: Value): Value {
  const producer = g.producerOf(value)
  const source = producer?.op === 'Expand' ? g.find(producer.inputs[0] ?? '') : undefined
  return source ?? value
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
