/** @file Class probabilities as something to explain, where the model gives only scores. */

import type { TypedModel } from '../autodiff/typed-model.ts'
import type { Graph, Node, Value } from '../onnx/ir.ts'

const PREFIX = 'saliscope.probability('

/** The name of the probabilities of a value. No model computes it: `withProbability` adds it. */
export function probabilityName(value: string): string {
  return `${PREFIX}${value})`
}

/** The value that the probabilities are of; any other name as it is. */
export function sourceOfTarget(name: string): string {
  return name.startsWith(PREFIX) && name.endsWith(')') ? name.slice(PREFIX.length, -1) : name
}

/**
 * The model with the probabilities of a value as a further inner value: softmax over the class axis
 * (axis 1), sigmoid where there is a single class or none. Unchanged for the name of any other value.
 */
export function withProbability(typed: TypedModel, name: string): TypedModel {
  const source = sourceOfTarget(name)
  const value = typed.types.get(source)
  if (source === name || !value) return typed
  const { model, types } = typed
  const isAlone = (value.dims[1] ?? 1) === 1
  const node: Node = {
    name,
    domain: '',
    op: isAlone ? 'Sigmoid' : 'Softmax',
    inputs: [source],
    outputs: [name],
    attributes: isAlone ? {} : { axis: { kind: 'int', value: 1 } },
  }
  const probability: Value = { ...value, name }
  return {
    model: { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, node] } },
    types: new Map([...types, [name, probability]]),
  }
}

/** They hand numbers on as they are. */
const MOVES: ReadonlySet<string> = new Set([
  'Cast',
  'Dropout',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
])
const MAKES_PROBABILITY: ReadonlySet<string> = new Set(['Sigmoid', 'Softmax'])

/**
 * The value that softmax or sigmoid turn into `name`, up to changes of shape; null where `name` is
 * no probability. Gradients of a probability near 0 or 1 vanish, those of this value do not.
 */
export function logitsBehind(graph: Graph, name: string): string | null {
  let value: string | undefined = name
  for (;;) {
    const node = graph.nodes.find(({ outputs }) => outputs.includes(value ?? ''))
    if (!node) return null
    if (MAKES_PROBABILITY.has(node.op)) return node.inputs[0] ?? null
    if (!MOVES.has(node.op)) return null
    value = node.inputs[0]
  }
}
