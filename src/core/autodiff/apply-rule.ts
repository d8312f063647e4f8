/** @file Applies one VJP rule to one node, and checks what it is given and what it gives back. */

import { Failure } from '../failure.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Node, Value } from '../onnx/ir.ts'
import { nodeLabel } from '../onnx/node-label.ts'
import { readAttributes } from './attribute-reader.ts'
import type { ProviderTraits } from './lowering/provider-traits.ts'
import type { VjpRule } from './rule.ts'

export interface RuleApplication {
  readonly g: GraphBuilder
  readonly traits: ProviderTraits
  readonly rule: VjpRule
  readonly node: Node
  /** Cotangents of the node's outputs; null = zero. */
  readonly incoming: readonly (Value | null)[]
  /** Which inputs want a cotangent. */
  readonly needs: readonly boolean[]
}

/** Cotangents of the node's inputs, null where none is wanted; they may be broadcast still. */
export function applyRule(application: RuleApplication): readonly (Value | null)[] {
  const { g, traits, rule, node, incoming, needs } = application
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
