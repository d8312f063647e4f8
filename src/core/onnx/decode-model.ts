/** @file ModelProto to the IR: the checks that decide whether a file can be used at all. */

import { Failure } from '../failure.ts'
import { decodeGraph, type RawGraph } from './decode-graph.ts'
import {
  decodeFunction,
  decodeOpset,
  inlineFunctions,
  type ModelFunction,
  unusedName,
} from './inline-functions.ts'
import type { Model, Node } from './ir.ts'
import { nodeLabel } from './node-label.ts'
import type { RawNode } from './raw-node.ts'
import { sortNodes } from './sort-nodes.ts'
import { readMessage } from './wire.ts'

export const OLDEST_OPSET = 9
export const NEWEST_OPSET = 23

/** From IR version 4 on, initializers need not be repeated among the inputs. */
const IR_WITHOUT_REPEATED_INITIALIZERS = 4

/** @throws RangeError for bytes that are not protobuf, Failure for a model that cannot be used */
export function decodeModel(bytes: Uint8Array): Model | null {
  let irVersion = 0
  let producerName = ''
  let producerVersion = ''
  let graph: RawGraph | null = null
  const opsets = new Map<string, number>()
  const metadata = new Map<string, string>()
  const functions: ModelFunction[] = []
  readMessage(bytes, (field) => {
    switch (field.number) {
      case 1:
        irVersion = Number(field.int64())
        break
      case 2:
        producerName = field.text()
        break
      case 3:
        producerVersion = field.text()
        break
      case 7:
        graph = decodeGraph(field.bytes())
        break
      case 8: {
        const [domain, version] = decodeOpset(field.bytes())
        opsets.set(domain, version)
        break
      }
      case 14: {
        const [key, value] = decodeEntry(field.bytes())
        metadata.set(key, value)
        break
      }
      case 25:
        functions.push(decodeFunction(field.bytes()))
        break
    }
  })
  const raw = graph as RawGraph | null
  if (raw === null || irVersion <= 0) return null
  checkOpsets(opsets)
  const inlined = inlineFunctions(raw.nodes, functions, opsets)
  return {
    irVersion: Math.max(irVersion, IR_WITHOUT_REPEATED_INITIALIZERS),
    producer: [producerName, producerVersion].filter((part) => part !== '').join(' '),
    opsets,
    metadata,
    graph: { ...raw, nodes: sortNodes(nameNodes(inlined)) },
  }
}

function decodeEntry(message: Uint8Array): readonly [key: string, value: string] {
  let key = ''
  let value = ''
  readMessage(message, (field) => {
    if (field.number === 1) key = field.text()
    if (field.number === 2) value = field.text()
  })
  return [key, value]
}

function checkOpsets(opsets: ReadonlyMap<string, number>): void {
  const version = opsets.get('')
  if (version === undefined) {
    throw new Failure(
      'bad-file',
      'The ONNX file does not say which ai.onnx opset it uses, so its operators have no meaning; ' +
        'export the model again.',
    )
  }
  if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
    throw new Failure(
      'unsupported-model',
      `The model uses ai.onnx opset ${version}; opsets ${OLDEST_OPSET} to ${NEWEST_OPSET} are ` +
        'supported: export it again with opset_version=18.',
    )
  }
}

const CONTROL_FLOW: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap'])

/** Gives every node its own name: exporters may leave names out or repeat them. */
function nameNodes(nodes: readonly RawNode[]): Node[] {
  const taken = new Set<string>()
  return nodes.map((raw) => {
    const { domain, op, inputs, outputs, attributes } = raw
    if (domain === '' && CONTROL_FLOW.has(op)) {
      throw new Failure(
        'unsupported-model',
        `${nodeLabel(raw)} is control flow with sub-graphs, which cannot be explained; export the ` +
          'model with fixed shapes and without data-dependent branches.',
      )
    }
    const wanted = raw.name || `${op}:${outputs.find((output) => output !== '') ?? ''}`
    return { name: unusedName(wanted, taken), domain, op, inputs, outputs, attributes }
  })
}
