/** @file The Attention operator (opset 23) as the primitive operators that it stands for. */

import { numberTensor } from './constants.ts'
import { unusedName } from './inline-functions.ts'
import type { Attributes, ConstantTensor, DType, Graph, Node } from './ir.ts'
import { floatAttribute, intAttribute } from './upgrades/upgrade.ts'
import { valueDtypes } from './value-types.ts'

/**
 * The graph with softmax(scale Q K' + masks) V written out, so that rules and attention maps see one
 * form. Attention with a cache of past keys stays as it is.
 */
export function expandAttention(graph: Graph): Graph {
  if (!graph.nodes.some(isPlainAttention)) return graph
  const initializers = new Map(graph.initializers)
  const taken = new Set([...initializers.keys(), ...graph.inputs.map(({ name }) => name)])
  for (const { outputs } of graph.nodes) for (const name of outputs) taken.add(name)
  const dtypes = valueDtypes(graph)
  const nodes = graph.nodes.flatMap((node) =>
    isPlainAttention(node) ? expand(node, dtypes, initializers, taken) : [node],
  )
  return { ...graph, nodes, initializers }
}

function isPlainAttention({ domain, op, inputs, outputs }: Node): boolean {
  const extras = [...inputs.slice(4), ...outputs.slice(1)]
  return domain === '' && op === 'Attention' && extras.every((name) => name === '')
}

function expand(
  node: Node,
  dtypes: ReadonlyMap<string, DType>,
  initializers: Map<string, ConstantTensor>,
  taken: Set<string>,
): readonly Node[] {
  const [q = '', k = '', v = '', mask = ''] = node.inputs
  const [y = ''] = node.outputs
  const dtype = dtypes.get(q) ?? 'float32'
  const nodes: Node[] = []
  const emit = (
    op: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    output = unusedName(`${y}/${op}`, taken),
  ): string => {
    const name = output === y ? node.name : output
    nodes.push({ name, domain: '', op, inputs, outputs: [output], attributes })
    return output
  }
  const constant = (
    what: string,
    values: readonly number[],
    dims: readonly number[],
    type = dtype,
  ) => {
    const name = unusedName(`${y}/${what}`, taken)
    initializers.set(name, numberTensor(type, values, dims))
    return name
  }
  const ints = (what: string, ...values: number[]) =>
    constant(what, values, [values.length], 'int64')
  const swap = (x: string, ...perm: number[]) =>
    emit('Transpose', [x], { perm: { kind: 'ints', value: perm } })

  const heads = intAttribute(node, 'q_num_heads', 0)
  const keyHeads = intAttribute(node, 'kv_num_heads', heads)
  // (N, tokens, heads * size) with the number of heads beside it, else (N, heads, tokens, size).
  const isFlat = heads > 0
  const split = (x: string, count: number) =>
    isFlat ? swap(emit('Reshape', [x, ints('heads', 0, 0, count, -1)]), 0, 2, 1, 3) : x
  const repeated = (x: string) => {
    if (keyHeads === heads || keyHeads === 0) return x
    const indices = Array.from({ length: heads }, (_, i) => Math.floor((i * keyHeads) / heads))
    return emit('Gather', [x, ints('group', ...indices)], { axis: { kind: 'int', value: 1 } })
  }
  const queries = split(q, heads)
  const keys = repeated(split(k, keyHeads))
  const values = repeated(split(v, keyHeads))

  let scores = emit('MatMul', [scaled(), swap(keys, 0, 1, 3, 2)])
  const softcap = floatAttribute(node, 'softcap') ?? 0
  if (softcap > 0) {
    const cap = constant('softcap', [softcap], [])
    scores = emit('Mul', [emit('Tanh', [emit('Div', [scores, cap])]), cap])
  }
  const isCausal = intAttribute(node, 'is_causal', 0) === 1
  if (isCausal) scores = emit('Add', [scores, causalBias(scores)])
  if (mask !== '') scores = emit('Add', [scores, dtypes.get(mask) === 'bool' ? biasOf(mask) : mask])
  let probabilities = emit('Softmax', [scores], { axis: { kind: 'int', value: -1 } })
  if (mask !== '') {
    // A query that may attend to nothing gives zeros.
    const isEmpty = emit('IsNaN', [probabilities])
    probabilities = emit('Where', [isEmpty, constant('nothing', [0], []), probabilities])
  }
  if (!isFlat) {
    emit('MatMul', [probabilities, values], {}, y)
    return nodes
  }
  const mixed = swap(emit('MatMul', [probabilities, values]), 0, 2, 1, 3)
  emit('Reshape', [mixed, ints('joined', 0, 0, -1)], {}, y)
  return nodes

  /** Q * scale; the default is 1 / sqrt(size of a head). */
  function scaled(): string {
    const scale = floatAttribute(node, 'scale') ?? 0
    if (scale !== 0) return emit('Mul', [queries, constant('scale', [scale], [])])
    const size = emit('Shape', [queries], { start: { kind: 'int', value: -1 } })
    const root = emit('Sqrt', [emit('CastLike', [size, queries])])
    return emit('Div', [queries, root])
  }

  /** 0 where key j <= query i, -Infinity elsewhere. */
  function causalBias(of: string): string {
    const sizes = emit('Shape', [of], { start: { kind: 'int', value: -2 } })
    const never = numberTensor(dtype, [Number.NEGATIVE_INFINITY], [1])
    const full = emit('ConstantOfShape', [sizes], { value: { kind: 'tensor', value: never } })
    return emit('Trilu', [full, constant('diagonal', [1], [], 'int64')], {
      upper: { kind: 'int', value: 1 },
    })
  }

  function biasOf(allowed: string): string {
    const never = constant('never', [Number.NEGATIVE_INFINITY], [])
    return emit('Where', [allowed, constant('free', [0], []), never])
  }
}
