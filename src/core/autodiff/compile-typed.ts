import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { type Compilation, compileExplanation } from './gradient-graph.ts'
import type { TypedModel } from './typed-model.ts'

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
