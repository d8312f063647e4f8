/** @file Appends nodes to a graph, with the static type of every edge; the floor of the graph builder. */

import { Failure } from '../failure.ts'
import { floatTensor, numberTensor, readNumbers } from './constants.ts'
import type {
  Attribute,
  Attributes,
  ConstantTensor,
  DType,
  Graph,
  Node,
  Value,
  ValueInfo,
  ValueTypes,
} from './ir.ts'
import { pruneGraph } from './prune-graph.ts'

/** A number is an int attribute, a list of numbers ints; floats are written out in full. */
export type AttributeShorthand = Attribute | number | string | readonly number[]
export type AttributesShorthand = Readonly<Record<string, AttributeShorthand>>
export type ValueShape = Pick<Value, 'dims' | 'dtype'>

export interface GraphEmitter {
  /** Emits any node; a node equal to an earlier one is reused. `null` is an omitted input. */
  emit(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly ValueShape[],
    attributes?: AttributesShorthand,
  ): readonly Value[]
  /** Emits a node with one output, by default of the first input's element type. */
  node(
    op: string,
    inputs: readonly (Value | null)[],
    dims: readonly number[],
    attributes?: AttributesShorthand,
    dtype?: DType,
  ): Value
  /** Adds a graph input. */
  input(name: string, dtype: DType, dims: readonly number[]): Value
  constant(tensor: ConstantTensor): Value
  /** A constant of the given numbers, float32 unless said otherwise. A Float32Array is not copied. */
  numbers(dims: readonly number[], numbers: Float32Array | readonly number[], dtype?: DType): Value
  /** A rank-0 constant. */
  scalar(value: number, dtype?: DType): Value
  /** A 1-D int64 constant. */
  ints(values: readonly number[]): Value
  /** The contents of a value that is known before the run. */
  constantOf(value: Value): ConstantTensor | undefined
  /** The single number that fills a constant, or undefined. */
  scalarOf(value: Value): number | undefined
  /** Any value by name; undefined when the graph has none. */
  find(name: string): Value | undefined
  /** The node that computes a value; undefined for inputs and constants. */
  producerOf(value: Value): Node | undefined
  /** Gives a node of the graph one more output (MaxPool's Indices). */
  addOutput(node: Node, index: number, type: ValueShape): Value
  /** The same value under a name of your choice (the outputs of an explanation). */
  rename(value: Value, name: string): Value
  /** Appends a node as it is; its outputs must be among the known types. */
  append(node: Node): void
  /** The static type of every edge so far. */
  types(): ValueTypes
  /** Everything so far, with the original outputs. */
  whole(): Graph
  /** The graph that computes `outputs`, pruned; all of the original inputs are kept. */
  finish(outputs: readonly Value[]): Graph
}

const PREFIX = 'saliscope/'
/** Larger constants are not compared with each other. */
const SHARED_BYTES = 4096

export function createGraphEmitter(graph: Graph, types: ValueTypes): GraphEmitter {
  const nodes: Node[] = [...graph.nodes]
  const initializers = new Map(graph.initializers)
  const inputs: ValueInfo[] = graph.inputs.map((info) => {
    const known = types.get(info.name)
    return known ? { ...info, dims: known.dims } : info
  })
  const values = new Map(types)
  for (const [name, { dtype, dims }] of initializers) values.set(name, { name, dtype, dims })
  const producers = new Map<string, Node>()
  for (const node of nodes) for (const output of node.outputs) producers.set(output, node)
  const emitted = new Map<string, readonly Value[]>()
  const sharedConstants = new Map<string, Value>()
  let serial = 0

  function freshName(kind: string): string {
    for (;;) {
      const name = `${PREFIX}${kind}_${serial++}`
      if (!values.has(name) && !producers.has(name)) return name
    }
  }

  function isInput(name: string): boolean {
    return inputs.some((input) => input.name === name)
  }

  function emit(
    op: string,
    args: readonly (Value | null)[],
    shapes: readonly ValueShape[],
    shorthand: AttributesShorthand = {},
  ): readonly Value[] {
    const names = args.map((value) => value?.name ?? '')
    const attributes = expandAttributes(shorthand)
    const key = JSON.stringify([op, names, attributes, shapes.length])
    const same = emitted.get(key)
    if (same) return same
    const name = freshName(op)
    const outputs = shapes.map(({ dtype, dims }, index) => ({
      name: index === 0 ? name : `${name}:${index}`,
      dtype,
      dims: dims.map(checkedSize),
    }))
    const outputNames = outputs.map((value) => value.name)
    const node: Node = { name, domain: '', op, inputs: names, outputs: outputNames, attributes }
    nodes.push(node)
    for (const value of outputs) {
      values.set(value.name, value)
      producers.set(value.name, node)
    }
    emitted.set(key, outputs)
    return outputs
  }

  function constant(tensor: ConstantTensor): Value {
    const { dtype, dims, bytes } = tensor
    const key = bytes.length <= SHARED_BYTES ? `${dtype}[${dims}]${bytes}` : undefined
    const same = key === undefined ? undefined : sharedConstants.get(key)
    if (same) return same
    const value: Value = { name: freshName('constant'), dtype, dims }
    initializers.set(value.name, tensor)
    values.set(value.name, value)
    if (key !== undefined) sharedConstants.set(key, value)
    return value
  }

  function numbers(
    dims: readonly number[],
    contents: Float32Array | readonly number[],
    dtype: DType = 'float32',
  ): Value {
    if (dtype === 'float32') return constant(floatTensor(contents, dims))
    if (dtype !== 'float16' && dtype !== 'bfloat16') {
      return constant(numberTensor(dtype, Array.from(contents), dims))
    }
    // Half-precision models are rare: the runtime folds the cast.
    const to = dtype === 'float16' ? 10 : 16
    const wide = constant(floatTensor(contents, dims))
    return first(emit('Cast', [wide], [{ dtype, dims }], { to }))
  }

  return {
    emit,
    node(op, args, dims, attributes, dtype) {
      const type = dtype ?? args.find((value) => value !== null)?.dtype ?? 'float32'
      return first(emit(op, args, [{ dtype: type, dims }], attributes))
    },
    input(name, dtype, dims) {
      const value: Value = { name, dtype, dims }
      inputs.push(value)
      values.set(name, value)
      return value
    },
    constant,
    numbers,
    scalar: (value, dtype) => numbers([], [value], dtype),
    ints: (list) => numbers([list.length], list, 'int64'),
    constantOf: (value) => initializers.get(value.name),
    scalarOf(value) {
      const known = initializers.get(value.name)
      if (!known || known.bytes.length > SHARED_BYTES) return undefined
      const contents = readNumbers(known)
      const [head] = contents
      return contents.every((x) => x === head) ? head : undefined
    },
    find: (name) => values.get(name),
    producerOf: (value) => producers.get(value.name),
    addOutput(node, index, { dtype, dims }) {
      const at = nodes.findIndex((candidate) => candidate.outputs[0] === node.outputs[0])
      const current = nodes[at]
      if (!current) throw new Failure('internal', `Node '${node.name}' is not in the graph.`)
      const existing = current.outputs[index]
      if (existing) return { name: existing, dtype, dims }
      const value: Value = { name: freshName(`${node.op}_output`), dtype, dims }
      const outputs = Array.from({ length: index + 1 }, (_, i) => current.outputs[i] ?? '')
      outputs[index] = value.name
      const extended: Node = { ...current, outputs }
      nodes[at] = extended
      for (const output of outputs) if (output !== '') producers.set(output, extended)
      values.set(value.name, value)
      return value
    },
    rename(value, name) {
      if (producers.has(name) || initializers.has(name) || isInput(name)) {
        throw new Failure('unsupported-model', `The model already has a value named '${name}'.`)
      }
      const renamed: Value = { ...value, name }
      const node: Node = {
        name,
        domain: '',
        op: 'Identity',
        inputs: [value.name],
        outputs: [name],
        attributes: {},
      }
      nodes.push(node)
      values.set(name, renamed)
      producers.set(name, node)
      return renamed
    },
    append(node) {
      nodes.push(node)
      for (const output of node.outputs) producers.set(output, node)
    },
    types: () => values,
    whole: () => ({ ...graph, inputs, nodes, initializers }),
    finish: (outputs) => pruneGraph({ name: graph.name, inputs, outputs, nodes, initializers }),
  }
}

function expandAttributes(shorthand: AttributesShorthand): Attributes {
  return Object.fromEntries(
    Object.entries(shorthand).map(([name, value]) => [name, expandAttribute(value)]),
  )
}

function expandAttribute(value: AttributeShorthand): Attribute {
  if (typeof value === 'number') return { kind: 'int', value }
  if (typeof value === 'string') return { kind: 'string', value }
  return 'kind' in value ? value : { kind: 'ints', value }
}

function checkedSize(size: number): number {
  if (Number.isInteger(size) && size >= 0) return size
  throw new Failure('internal', `A rule emitted a value with dimension ${size}.`)
}

function first<T>(list: readonly T[]): T {
  const [head] = list
  if (head === undefined) throw new Failure('internal', 'A node without outputs was emitted.')
  return head
}
