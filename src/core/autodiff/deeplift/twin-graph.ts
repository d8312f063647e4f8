/** @file A second forward pass beside the first: the same network on a baseline, with the same weights. */

import { isFloat } from '../../onnx/dtypes.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Node, Value } from '../../onnx/ir.ts'
import type { TypedModel } from '../typed-model.ts'

/** Graph inputs: the baseline of every model input, under this prefix and the input's name. */
const BASELINE = 'saliscope.baseline.'
const TWIN = 'saliscope/twin/'

/** The name of the graph input that takes the baseline of a model input. */
export function baselineName(input: string): string {
  return BASELINE + input
}

/** Whether a graph input was added by `appendTwin`. */
export function isBaseline({ name }: { readonly name: string }): boolean {
  return name.startsWith(BASELINE)
}

/**
 * Repeats every node that depends on a float input, fed by one more float input per input, of its
 * shape. Constants and all that depends on none stay shared; what the target does not need is
 * pruned later.
 */
export function appendTwin({ model, types }: TypedModel): TypedModel {
  const { graph } = model
  const twins = new Map<string, string>()
  const inputs = graph.inputs.filter(({ dtype }) => isFloat(dtype))
  for (const { name } of inputs) twins.set(name, baselineName(name))
  const copies: Node[] = []
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => twins.has(name))) continue
    for (const name of node.outputs) if (name !== '') twins.set(name, TWIN + name)
    const twinOrSelf = (name: string) => twins.get(name) ?? name
    copies.push({
      ...node,
      name: TWIN + node.name,
      inputs: node.inputs.map(twinOrSelf),
      outputs: node.outputs.map(twinOrSelf),
    })
  }
  const known = [...twins].flatMap(([name, twin]): [string, Value][] => {
    const value = types.get(name)
    return value ? [[twin, { ...value, name: twin }]] : []
  })
  const baselines = inputs.map((info) => ({ ...info, name: baselineName(info.name) }))
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        inputs: [...graph.inputs, ...baselines],
        nodes: [...graph.nodes, ...copies],
      },
    },
    types: new Map([...types, ...known]),
  }
}

/** The same value at the baseline; the value itself where it does not depend on an input. */
export function twinOf(g: GraphBuilder, value: Value): Value {
  return g.find(baselineName(value.name)) ?? g.find(TWIN + value.name) ?? value
}
