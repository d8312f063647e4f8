/** @file Selects the rule of a node by (domain, operator, opset): a rule, no gradient, or an error. */

import { Failure } from '../failure.ts'
import type { Model, Node } from '../onnx/ir.ts'
import { isQuantised } from '../onnx/quantised.ts'
import { deconvnetRules, guidedRules } from './guided-rules.ts'
import { noGradientOperators } from './no-gradient.ts'
import type { NamedRules, RuleSet } from './recipe.ts'
import type { VjpRule } from './rule.ts'
import { vjpRules } from './vjp-rules.ts'

const RULES: Readonly<Record<NamedRules, readonly VjpRule[]>> = {
  deconvnet: [...deconvnetRules, ...vjpRules],
  'guided-backprop': [...guidedRules, ...vjpRules],
  standard: vjpRules,
}

/** How the nodes of a model find their rules; a rule book is opened once. */
export function ruleFinder(
  model: Model,
  rules: RuleSet,
): <Missing = never>(
  node: Node,
  missing?: (model: Model, node: Node) => Missing,
) => VjpRule | 'no-gradient' | Missing {
  if (typeof rules === 'string') return (node, missing) => findRule(model, node, rules, missing)
  const choose = rules.open(model)
  return (node, missing) => choose(node) ?? findRule(model, node, 'standard', missing)
}

/**
 * The rule with the largest `since` that the model's opset reaches; 'no-gradient' for an operator
 * whose derivative is zero or meaningless.
 * @throws Failure 'unsupported-operator' (or what `missing` returns instead)
 */
export function findRule<Missing = never>(
  model: Model,
  node: Node,
  ruleSet: NamedRules,
  missing: (model: Model, node: Node) => Missing = throwUnsupported,
): VjpRule | 'no-gradient' | Missing {
  const domain = node.domain === 'ai.onnx' ? '' : node.domain
  const opset = model.opsets.get(domain) ?? 1
  if (domain === '' && noGradientOperators.includes(node.op)) return 'no-gradient'
  if (isQuantised({ domain, op: node.op })) return 'no-gradient'
  let found: VjpRule | undefined
  for (const rule of RULES[ruleSet]) {
    if (rule.domain !== domain || rule.op !== node.op || rule.since > opset) continue
    if (!found || rule.since > found.since) found = rule
  }
  return found ?? missing(model, node)
}

function throwUnsupported(model: Model, node: Node): never {
  const domain = node.domain === '' ? 'ai.onnx' : node.domain
  const opset = model.opsets.get(node.domain) ?? 'unknown'
  throw new Failure(
    'unsupported-operator',
    `This model needs ${node.op} (${domain}, opset ${opset}, node '${node.name}'), which has no ` +
      'gradient rule yet; occlusion works with any operator.',
  )
}
