/** @file Questions that relevance rules ask of the forward graph. */

import type { Model, Node } from '../../onnx/ir.ts'

export interface GraphView {
  readonly model: Model
  /** The node that computes a value; undefined for inputs and initializers. */
  producer(name: string): Node | undefined
  /** Every node that reads a value, once per node. */
  readers(name: string): readonly Node[]
  /** Whether a value is the same for every input of the model. */
  isConstant(name: string): boolean
  /** Whether the explained value depends on this one (every value, where no target is known). */
  leadsToTarget(name: string): boolean
  readonly target: string | undefined
}

/** @param target the explained value; without it every value counts as leading there. */
export function createGraphView(model: Model, target?: string): GraphView {
  const { graph } = model
  const producers = new Map<string, Node>()
  const readers = new Map<string, Node[]>()
  const varying = new Set(graph.inputs.map(({ name }) => name))
  for (const node of graph.nodes) {
    for (const name of node.outputs) if (name !== '') producers.set(name, node)
    for (const name of new Set(node.inputs)) {
      const list = readers.get(name) ?? []
      list.push(node)
      readers.set(name, list)
    }
    if (!node.inputs.some((name) => varying.has(name))) continue
    for (const name of node.outputs) varying.add(name)
  }
  const above = target === undefined ? undefined : ancestors(model, target)
  return {
    model,
    target,
    producer: (name) => producers.get(name),
    readers: (name) => readers.get(name) ?? [],
    isConstant: (name) => !varying.has(name),
    leadsToTarget: (name) => above?.has(name) ?? true,
  }
}

function ancestors({ graph }: Model, target: string): ReadonlySet<string> {
  const found = new Set([target])
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => found.has(name))) continue
    for (const name of node.inputs) if (name !== '') found.add(name)
  }
  return found
}
