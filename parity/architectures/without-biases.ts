/** @file The same network with every bias of a linear layer set to zero: relevance is then conserved. */

import { createGraphView } from '../../src/core/autodiff/relevance/graph-view.ts'
import { readLinearNode } from '../../src/core/autodiff/relevance/linear-node.ts'
import type { TypedModel } from '../../src/core/autodiff/typed-model.ts'
import type { ConstantTensor } from '../../src/core/onnx/ir.ts'

/** Another function, of the same graph: only constants change (those read elsewhere too, under another name). */
export function withoutBiases(typed: TypedModel): TypedModel {
  const { graph } = typed.model
  const view = createGraphView(typed.model)
  const initializers = new Map(graph.initializers)
  const types = new Map(typed.types)
  const zeroOf = (name: string) => {
    const constant = graph.initializers.get(name)
    if (!constant) return name
    const fresh = `${name}/without bias`
    const zeros: ConstantTensor = { ...constant, bytes: new Uint8Array(constant.bytes.length) }
    initializers.set(fresh, zeros)
    types.set(fresh, { name: fresh, dtype: zeros.dtype, dims: zeros.dims })
    return fresh
  }
  const late = new Map(
    graph.nodes.flatMap((node) => {
      const bias = readLinearNode(view, node)?.lateBias
      return bias ? [[bias.add, bias.bias] as const] : []
    }),
  )
  const nodes = graph.nodes.map((node) => {
    const added = late.get(node)
    const isNorm = node.op === 'BatchNormalization'
    const isLinear = readLinearNode(view, node) !== undefined
    const inputs = node.inputs.map((name, index) => {
      const isBias =
        (isLinear && index === 2) || (isNorm && (index === 2 || index === 3)) || name === added
      return isBias && name !== '' ? zeroOf(name) : name
    })
    return { ...node, inputs }
  })
  return { model: { ...typed.model, graph: { ...graph, nodes, initializers } }, types }
}
