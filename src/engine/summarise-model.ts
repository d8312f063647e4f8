import { attributionMethods } from '../core/attribution/methods.ts'
import { findAttention } from '../core/autodiff/attention/find-attention.ts'
import { findRule } from '../core/autodiff/find-rule.ts'
import { type GradientSupport, inspectModel, type ModelSummary } from '../core/onnx/inspect.ts'
import type { Model, Node } from '../core/onnx/ir.ts'

/** What the model as decoded holds, and which methods of the list can explain it. */
export function summariseModel(model: Model, fileBytes: number): ModelSummary {
  return inspectModel(model, fileBytes, support)
}

const support: GradientSupport = {
  methods: attributionMethods.map(({ id, needs }) => ({
    id,
    needsGradient: needs.gradient,
    needsAttention: needs.attention ?? false,
  })),
  hasAttention: (graph) => findAttention(graph).length > 0,
  hasRule(domain, op, opset) {
    const node: Node = { name: '', domain, op, inputs: [], outputs: [], attributes: {} }
    const found = findRule(modelWith(domain, opset), node, 'standard', () => null)
    if (found === null) return 'none'
    return found === 'no-gradient' ? found : 'rule'
  },
}

function modelWith(domain: string, opset: number): Model {
  return {
    irVersion: 8,
    producer: '',
    opsets: new Map([[domain, opset]]),
    metadata: new Map(),
    graph: { name: '', inputs: [], outputs: [], nodes: [], initializers: new Map() },
  }
}
