/** @file Activations that exporters write as several nodes: x * sigmoid(x), x/2 (1 + erf(x / sqrt 2)). */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../onnx/ir.ts'
import { sameDims } from '../onnx/shape-arithmetic.ts'
import { applyRule } from './apply-rule.ts'
import type { ProviderTraits } from './lowering/provider-traits.ts'
import type { VjpRule } from './rule.ts'
import { vjpRules } from './vjp-rules.ts'

/**
 * Nodes that compute y = f(x) element by element from one value x, which several paths join again.
 * The cotangent needs one product with f'(x), instead of one for every node, and f'(x) does not wait
 * for it: the run keeps one array instead of every intermediate one.
 */
export interface LocalFunction {
  readonly x: Value
  /** In graph order; the last one computes y. */
  readonly nodes: readonly Node[]
}

/** Their rules multiply the cotangent by a finite slope and ask nothing of its shape. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Abs',
  'Add',
  'Clip',
  'Div',
  'Erf',
  'Exp',
  'HardSigmoid',
  'Mul',
  'Neg',
  'Relu',
  'Sigmoid',
  'Softplus',
  'Sub',
  'Tanh',
])

const MOST_NODES = 16

type RuleOf = (node: Node) => VjpRule | 'no-gradient' | undefined

/**
 * Finds them by their last node. Only standard rules take part, and only nodes whose inner values
 * nobody asked for.
 */
export function findLocalFunctions(
  g: GraphBuilder,
  model: Model,
  ruleOf: RuleOf,
  asked: ReadonlySet<string>,
): ReadonlyMap<Node, LocalFunction> {
  const found = new Map<Node, LocalFunction>()
  /** Every value that an element-wise node gives, with the values that it is a function of. */
  const ancestors = new Map<string, readonly string[]>()
  const producers = new Map<string, Node>()
  const lineage = (name: string) => ancestors.get(name) ?? [name]
  for (const node of model.graph.nodes) {
    const variables = variablesOf(g, node, ruleOf)
    const [output = ''] = node.outputs
    if (!variables) continue
    const [first = '', second = first] = variables
    const own = lineage(first)
    const joint = new Set(lineage(second))
    const from = own.findIndex((name) => joint.has(name))
    if (from < 0) continue
    const root = own[from] ?? ''
    producers.set(output, node)
    ancestors.set(output, [output, ...own.slice(from, from + MOST_NODES)])
    if (first === second) continue
    const nodes = collect(node, root, producers)
    const x = g.find(root)
    const isAsked = nodes.some((inner) => inner !== node && asked.has(inner.outputs[0] ?? ''))
    if (x && nodes.length <= MOST_NODES && !isAsked) found.set(node, { x, nodes })
  }
  return found
}

/** The one or two inputs that are no numbers; undefined where the node is not a local function. */
function variablesOf(g: GraphBuilder, node: Node, ruleOf: RuleOf): readonly string[] | undefined {
  const y = g.find(node.outputs[0] ?? '')
  if (node.domain !== '' || !ELEMENTWISE.has(node.op) || !y || y.dims.length === 0) return undefined
  const rule = ruleOf(node)
  if (rule === undefined || rule === 'no-gradient' || !vjpRules.includes(rule)) return undefined
  const variables: string[] = []
  for (const name of node.inputs) {
    if (name === '') continue
    const input = g.find(name)
    if (input && g.scalarOf(input) !== undefined && input.dims.length <= y.dims.length) continue
    if (!input || !sameDims(input.dims, y.dims)) return undefined
    variables.push(name)
  }
  // A quotient by a variable has no finite slope where that is zero.
  const isSafe =
    node.op !== 'Div' || node.inputs[1] === undefined || !variables.includes(node.inputs[1])
  return variables.length > 0 && isSafe ? variables : undefined
}

/** The nodes between `root` and the output of `last`, in graph order. */
function collect(last: Node, root: string, producers: ReadonlyMap<string, Node>): Node[] {
  const nodes: Node[] = []
  const visit = (node: Node) => {
    if (nodes.includes(node) || nodes.length > MOST_NODES) return
    for (const name of node.inputs) {
      const producer = name === root ? undefined : producers.get(name)
      if (producer) visit(producer)
    }
    nodes.push(node)
  }
  visit(last)
  return nodes
}

/** f'(x), in the shape of x or as a number; null where it is zero. */
export function emitSlope(
  g: GraphBuilder,
  traits: ProviderTraits,
  { x, nodes }: LocalFunction,
  ruleOf: RuleOf,
): Value | null {
  const inside = new Set([x.name, ...nodes.flatMap(({ outputs }) => outputs)])
  const last = nodes.at(-1)?.outputs[0] ?? ''
  const slopes = new Map<string, Value>([[last, g.scalar(1, x.dtype)]])
  for (const node of nodes.toReversed()) {
    const slope = slopes.get(node.outputs[0] ?? '')
    const rule = ruleOf(node)
    if (!slope || rule === undefined || rule === 'no-gradient') continue
    const needs = node.inputs.map((name) => inside.has(name))
    const results = applyRule({ g, traits, rule, node, incoming: [slope], needs })
    for (const [index, result] of results.entries()) {
      const name = node.inputs[index] ?? ''
      if (!result || !needs[index]) continue
      const earlier = slopes.get(name)
      slopes.set(name, earlier ? g.add(earlier, result) : result)
    }
  }
  return slopes.get(x.name) ?? null
}
