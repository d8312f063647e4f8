/** @file Rewires the forward graph for a recipe's control: stand-ins for some of its values. */

import { Failure } from '../failure.ts'
import { createGraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Value, ValueTypes } from '../onnx/ir.ts'
import { sameDims } from '../onnx/shape-arithmetic.ts'
import type { Control } from './recipe.ts'

/** Graph input: what the recipe's control is on this run, float32. */
export const CONTROL = 'saliscope.control'

interface Typed {
  readonly model: Model
  readonly types: ValueTypes
}

interface Controlled extends Typed {
  readonly control?: Value
  /** The value that stands in for the named one; the name itself where none does. */
  readonly standIn: (name: string) => string
}

/** Every value keeps its name and its own nodes; only its readers change. */
export function applyControl({ model, types }: Typed, control: Control | undefined): Controlled {
  if (!control) return { model, types, standIn: (name) => name }
  const g = createGraphBuilder({ ...model.graph, nodes: [] }, types)
  const find = (name: string): Value => {
    const value = g.find(name)
    if (value) return value
    throw new Failure('bad-request', `The model has no value named '${name}'.`)
  }
  const input = g.input(CONTROL, 'float32', control.dims(find))
  const standIns = new Map<string, string>()
  const standIn = (name: string) => standIns.get(name) ?? name
  const replace = (name: string) => {
    if (!control.replaced.includes(name)) return
    const value = find(name)
    const other = g.cast(control.replace(g, value, input), value.dtype)
    if (!sameDims(value.dims, other.dims)) {
      throw new Failure('internal', `The stand-in for '${name}' has another shape.`)
    }
    standIns.set(name, other.name)
  }
  for (const { name } of model.graph.inputs) replace(name)
  for (const node of model.graph.nodes) {
    g.append({ ...node, inputs: node.inputs.map(standIn) })
    for (const name of node.outputs) replace(name)
  }
  return { model: { ...model, graph: g.whole() }, types: g.types(), control: input, standIn }
}
