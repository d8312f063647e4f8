/** @file GraphProto and NodeProto to the IR. */

import { decodeAttribute, sparseFailure } from './decode-attribute.ts'
import { decodeTensor } from './decode-tensor.ts'
import { decodeValueInfo } from './decode-value-info.ts'
import type { ConstantTensor, ValueInfo } from './ir.ts'
import { createRawNode, plainDomain, type RawNode } from './raw-node.ts'
import { readMessage } from './wire.ts'

export interface RawGraph {
  name: string
  inputs: ValueInfo[]
  outputs: ValueInfo[]
  nodes: RawNode[]
  initializers: Map<string, ConstantTensor>
}

export function decodeGraph(message: Uint8Array): RawGraph {
  const graph: RawGraph = { name: '', inputs: [], outputs: [], nodes: [], initializers: new Map() }
  readMessage(message, (field) => {
    switch (field.number) {
      case 1:
        graph.nodes.push(decodeNode(field.bytes()))
        break
      case 2:
        graph.name = field.text()
        break
      case 5: {
        const { name, tensor } = decodeTensor(field.bytes())
        graph.initializers.set(name, tensor)
        break
      }
      case 11:
        graph.inputs.push(decodeValueInfo(field.bytes()))
        break
      case 12:
        graph.outputs.push(decodeValueInfo(field.bytes()))
        break
      case 15:
        throw sparseFailure('an initializer')
    }
  })
  // IR version 3 and older repeat every initializer among the inputs.
  graph.inputs = graph.inputs.filter((input) => !graph.initializers.has(input.name))
  return graph
}

export function decodeNode(message: Uint8Array): RawNode {
  const node = createRawNode()
  const attributes: Uint8Array[] = []
  readMessage(message, (field) => {
    switch (field.number) {
      case 1:
        node.inputs.push(field.text())
        break
      case 2:
        node.outputs.push(field.text())
        break
      case 3:
        node.name = field.text()
        break
      case 4:
        node.op = field.text()
        break
      case 5:
        attributes.push(field.bytes())
        break
      case 7:
        node.domain = plainDomain(field.text())
        break
      case 8:
        node.overload = field.text()
        break
    }
  })
  for (const attribute of attributes) decodeAttribute(attribute, node)
  return node
}
