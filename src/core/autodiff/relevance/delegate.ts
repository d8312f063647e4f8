/** @file The operator's own derivative, asked with other values. */

import { Failure } from '../../failure.ts'
import type { Model, Value } from '../../onnx/ir.ts'
import { nodeLabel } from '../../onnx/node-label.ts'
import { findRule } from '../find-rule.ts'
import type { VjpContext, VjpRule } from '../rule.ts'

export type RelevanceContext = VjpContext<readonly (Value | null)[]>

interface Replacements {
  readonly inputs?: readonly (Value | null)[]
  readonly needs?: readonly boolean[]
}

/** Cotangents of the node's inputs by the standard rule, for a cotangent of the first output. */
export function standardVjp(
  model: Model,
  context: RelevanceContext,
  cotangent: Value,
  { inputs = context.inputs, needs = context.needs }: Replacements = {},
): readonly (Value | null)[] {
  const rule = findRule(model, context.node, 'standard')
  if (rule === 'no-gradient') {
    throw new Failure('internal', `${nodeLabel(context.node)} has no derivative to delegate to.`)
  }
  const arity = rule.inputs === 'variadic' ? inputs.length : rule.inputs.length
  const padded = Array.from({ length: arity }, (_, index) => inputs[index] ?? null)
  const result = rule.apply({
    ...context,
    inputs: padded,
    needs: padded.map((_, index) => needs[index] ?? false),
    cotangent,
    cotangents: [cotangent],
  })
  return inputs.map((_, index) => result[index] ?? null)
}

/** A rule for one node of a rule book. */
export function nodeRule(op: string, apply: VjpRule['apply']): VjpRule {
  return { domain: '', op, since: 1, inputs: 'variadic', apply }
}
