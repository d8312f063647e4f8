/** @file Models in 16-bit or 64-bit floats, made into float32 models. */

import { floatTensor, readFloats } from './constants.ts'
import { dtypeCode, dtypeOfCode } from './dtypes.ts'
import type { Attribute, ConstantTensor, DType, Graph, Model, Node, ValueInfo } from './ir.ts'
import { valueDtypes } from './value-types.ts'

export interface Float32Model {
  readonly model: Model
  /** The float types that were replaced, sorted; empty when the model is returned unchanged. */
  readonly replaced: readonly DType[]
}

const REPLACED: ReadonlySet<DType> = new Set(['bfloat16', 'float16', 'float64'])

/** Attributes that name an element type by its ONNX number. */
const TYPE_ATTRIBUTES: ReadonlySet<string> = new Set(['dtype', 'output_dtype', 'to'])

/**
 * Every float value as float32: weights, casts, inputs and outputs. Predictions then differ from
 * the original's by the rounding of its own type. Do this before tracing types.
 */
export function castToFloat32(model: Model): Float32Model {
  const replaced = new Set<DType>()
  const graph = castGraph(model.graph, replaced)
  if (replaced.size === 0) return { model, replaced: [] }
  return { model: { ...model, graph: dropCasts(graph) }, replaced: [...replaced].sort() }
}

/** What was a cast between float types is none any more. */
function dropCasts(graph: Graph): Graph {
  const dtypes = valueDtypes(graph)
  const isIdle = ({ domain, op, inputs, outputs }: Node) =>
    domain === '' &&
    (op === 'Cast' || op === 'CastLike') &&
    dtypes.get(inputs[0] ?? '') === 'float32' &&
    dtypes.get(outputs[0] ?? '') === 'float32'
  const nodes = graph.nodes.map((node) =>
    isIdle(node)
      ? { ...node, op: 'Identity', inputs: node.inputs.slice(0, 1), attributes: {} }
      : node,
  )
  return { ...graph, nodes }
}

function castGraph(graph: Graph, replaced: Set<DType>): Graph {
  const castInfo = (info: ValueInfo): ValueInfo => {
    if (!REPLACED.has(info.dtype)) return info
    replaced.add(info.dtype)
    return { ...info, dtype: 'float32' }
  }
  const initializers = new Map<string, ConstantTensor>()
  for (const [name, tensor] of graph.initializers) {
    initializers.set(name, castTensor(tensor, replaced))
  }
  return {
    ...graph,
    inputs: graph.inputs.map(castInfo),
    outputs: graph.outputs.map(castInfo),
    nodes: graph.nodes.map((node) => castNode(node, replaced)),
    initializers,
  }
}

function castTensor(tensor: ConstantTensor, replaced: Set<DType>): ConstantTensor {
  if (!REPLACED.has(tensor.dtype)) return tensor
  replaced.add(tensor.dtype)
  return floatTensor(readFloats(tensor), tensor.dims)
}

function castNode(node: Node, replaced: Set<DType>): Node {
  const attributes: Record<string, Attribute> = {}
  let changed = false
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const cast = castAttribute(name, attribute, replaced)
    attributes[name] = cast
    if (cast !== attribute) changed = true
  }
  return changed ? { ...node, attributes } : node
}

function castAttribute(name: string, attribute: Attribute, replaced: Set<DType>): Attribute {
  if (attribute.kind === 'tensor') {
    const value = castTensor(attribute.value, replaced)
    return value === attribute.value ? attribute : { kind: 'tensor', value }
  }
  if (attribute.kind !== 'int' || !TYPE_ATTRIBUTES.has(name)) return attribute
  const dtype = dtypeOfCode(attribute.value)
  if (!REPLACED.has(dtype)) return attribute
  replaced.add(dtype)
  return { kind: 'int', value: dtypeCode('float32') }
}
