/** @file The compiler's view of an ONNX model: plain immutable data, weights by reference. */

export type DType =
  | 'bfloat16'
  | 'bool'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int4'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'other'
  | 'string'
  | 'uint4'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'

/** A constant. `bytes` is little-endian, C order, and may be a view into the file's own buffer. */
export interface ConstantTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly bytes: Uint8Array
}

export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  /** int64 in the file; exact up to 2^53, larger values are clamped (ONNX uses INT64_MAX as "to the end"). */
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: ConstantTensor }
  /** A sub-graph; only built by ourselves (the export of integrated gradients is a Loop). */
  | { readonly kind: 'graph'; readonly value: Graph }

export type Attributes = Readonly<Record<string, Attribute>>

export interface Node {
  readonly name: string
  /** '' is ai.onnx. */
  readonly domain: string
  readonly op: string
  /** '' marks an omitted optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
}

/** A declared input or output; a dimension is a size, a symbol, or unknown. */
export interface ValueInfo {
  readonly name: string
  readonly dtype: DType
  readonly dims: readonly (number | string | null)[] | null
}

export interface Graph {
  readonly name: string
  /** Real inputs: initializers that old files repeat here are taken out by the decoder. */
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /** In topological order. */
  readonly nodes: readonly Node[]
  readonly initializers: ReadonlyMap<string, ConstantTensor>
}

export interface Model {
  readonly irVersion: number
  readonly producer: string
  /** Domain to version; '' is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>
  readonly metadata: ReadonlyMap<string, string>
  readonly graph: Graph
}

/** One edge with its static type, as traced through the runtime on the real input. */
export interface Value {
  readonly name: string
  readonly dtype: DType
  readonly dims: readonly number[]
}

/** Static types of every edge of a graph. */
export type ValueTypes = ReadonlyMap<string, Value>
