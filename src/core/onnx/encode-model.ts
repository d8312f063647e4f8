/** @file The IR to ModelProto. */

import { Failure } from '../failure.ts'
import { dtypeCode } from './dtypes.ts'
import type { Attribute, ConstantTensor, Graph, Model, Node, ValueInfo } from './ir.ts'
import { type MessageWriter, writeMessage } from './wire.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  return writeMessage((out) => {
    out.int64(1, model.irVersion)
    if (model.producer !== '') out.text(2, model.producer)
    out.message(7, (graph) => writeGraph(graph, model.graph))
    for (const [domain, version] of model.opsets) {
      out.message(8, (opset) => {
        if (domain !== '') opset.text(1, domain)
        opset.int64(2, version)
      })
    }
    for (const [key, value] of model.metadata) {
      out.message(14, (entry) => {
        entry.text(1, key)
        entry.text(2, value)
      })
    }
  })
}

function writeGraph(out: MessageWriter, graph: Graph): void {
  for (const node of graph.nodes) out.message(1, (message) => writeNode(message, node))
  out.text(2, graph.name || 'graph')
  for (const [name, tensor] of graph.initializers) {
    out.message(5, (message) => writeTensor(message, tensor, name))
  }
  for (const input of graph.inputs) out.message(11, (message) => writeValueInfo(message, input))
  for (const output of graph.outputs) out.message(12, (message) => writeValueInfo(message, output))
}

function writeNode(out: MessageWriter, node: Node): void {
  for (const input of node.inputs) out.text(1, input)
  for (const output of node.outputs) out.text(2, output)
  if (node.name !== '') out.text(3, node.name)
  out.text(4, node.op)
  for (const [name, attribute] of Object.entries(node.attributes)) {
    out.message(5, (message) => writeAttribute(message, name, attribute))
  }
  if (node.domain !== '') out.text(7, node.domain)
}

/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES: Readonly<Record<Attribute['kind'], number>> = {
  float: 1,
  floats: 6,
  graph: 5,
  int: 2,
  ints: 7,
  string: 3,
  strings: 8,
  tensor: 4,
}

function writeAttribute(out: MessageWriter, name: string, attribute: Attribute): void {
  out.text(1, name)
  out.int64(20, ATTRIBUTE_TYPES[attribute.kind])
  switch (attribute.kind) {
    case 'float':
      out.float(2, attribute.value)
      break
    case 'int':
      out.int64(3, wideInteger(attribute.value))
      break
    case 'string':
      out.text(4, attribute.value)
      break
    case 'tensor':
      out.message(5, (message) => writeTensor(message, attribute.value, ''))
      break
    case 'graph':
      out.message(6, (message) => writeGraph(message, attribute.value))
      break
    case 'floats':
      out.packedFloats(7, attribute.value)
      break
    case 'ints':
      out.packedInt64s(8, attribute.value.map(wideInteger))
      break
    case 'strings':
      for (const text of attribute.value) out.text(9, text)
      break
  }
}

/** The clamp of the decoder undone: INT64_MAX and INT64_MIN mean "to the end" in ONNX. */
function wideInteger(value: number): number | bigint {
  if (value === Number.MAX_SAFE_INTEGER) return INT64_MAX
  if (value === Number.MIN_SAFE_INTEGER) return INT64_MIN
  return value
}

function writeTensor(out: MessageWriter, tensor: ConstantTensor, name: string): void {
  if (tensor.dtype === 'other') {
    throw new Failure('internal', `Tensor "${name}" has no ONNX element type.`)
  }
  out.packedInt64s(1, tensor.dims)
  out.int64(2, dtypeCode(tensor.dtype))
  if (name !== '') out.text(8, name)
  if (tensor.dtype === 'string') writeStrings(out, tensor.bytes)
  else out.bytes(9, tensor.bytes)
}

/** Elements are a 4-byte length and UTF-8 bytes, as the decoder leaves them. */
function writeStrings(out: MessageWriter, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let offset = 0; offset < bytes.length; ) {
    const length = view.getUint32(offset, true)
    out.bytes(6, bytes.subarray(offset + 4, offset + 4 + length))
    offset += 4 + length
  }
}

function writeValueInfo(out: MessageWriter, value: ValueInfo): void {
  out.text(1, value.name)
  // Sequences and maps are 'other': without a type the runtime infers it.
  if (value.dtype === 'other') return
  const { dims } = value
  out.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int64(1, dtypeCode(value.dtype))
      if (dims === null) return
      tensor.message(2, (shape) => {
        for (const dim of dims) {
          shape.message(1, (message) => {
            if (typeof dim === 'number') message.int64(1, dim)
            else if (dim !== null) message.text(2, dim)
          })
        }
      })
    }),
  )
}
