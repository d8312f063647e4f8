import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Value, ValueTypes } from '../onnx/ir.ts'
import { type Compilation, compileExplanation } from './gradient-graph.ts'

export interface TypedModel {
  readonly model: Model
  readonly types: ValueTypes
}

/** The compiled explanation with the static type of every edge, emitted ones included. */
export function compileTyped(compilation: Compilation): TypedModel {
  const { recipe } = compilation
  let builder: GraphBuilder | undefined
  const model = compileExplanation({
    ...compilation,
    recipe: {
      ...recipe,
      emit(context) {
        builder = context.g
        return recipe.emit(context)
      },
    },
  })
  const names = [
    ...model.graph.inputs.map(({ name }) => name),
    ...model.graph.initializers.keys(),
    ...model.graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== '')),
  ]
  const values = names.flatMap((name): [string, Value][] => {
    const value = builder?.find(name)
    return value ? [[name, value]] : []
  })
  return { model, types: new Map(values) }
}
