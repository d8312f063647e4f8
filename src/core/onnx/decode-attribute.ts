/** @file AttributeProto to the IR. */

import { Failure } from '../failure.ts'
import { decodeTensor } from './decode-tensor.ts'
import type { Attribute } from './ir.ts'
import { nodeLabel } from './node-label.ts'
import type { RawNode } from './raw-node.ts'
import { readMessage } from './wire.ts'

interface AttributeParts {
  name: string
  type: number
  float: number
  int: number
  text: string
  tensor: Uint8Array | null
  floats: number[]
  ints: number[]
  strings: string[]
  reference: string
}

/** Adds one attribute to the node it belongs to. */
export function decodeAttribute(message: Uint8Array, node: RawNode): void {
  const parts: AttributeParts = {
    name: '',
    type: 0,
    float: 0,
    int: 0,
    text: '',
    tensor: null,
    floats: [],
    ints: [],
    strings: [],
    reference: '',
  }
  const seen = new Set<number>()
  readMessage(message, (field) => {
    seen.add(field.number)
    switch (field.number) {
      case 1:
        parts.name = field.text()
        break
      case 2:
        parts.float = field.float()
        break
      case 3:
        parts.int = safeInteger(field.int64())
        break
      case 4:
        parts.text = field.text()
        break
      case 5:
        parts.tensor = field.bytes()
        break
      case 7:
        if (field.isLengthDelimited) parts.floats = parts.floats.concat(unpackFloats(field.bytes()))
        else parts.floats.push(field.float())
        break
      case 8:
        field.eachInt64((value) => parts.ints.push(safeInteger(value)))
        break
      case 9:
        parts.strings.push(field.text())
        break
      case 20:
        parts.type = field.int32()
        break
      case 21:
        parts.reference = field.text()
        break
    }
  })
  if (parts.reference !== '') {
    node.references[parts.name] = parts.reference
    return
  }
  node.attributes[parts.name] = toAttribute(parts, parts.type || guessType(seen), node)
}

/** Files of IR version 1 leave the type out: it is the field that is present. */
function guessType(seen: ReadonlySet<number>): number {
  const typeOfField = [
    [5, 4],
    [6, 5],
    [22, 11],
    [7, 6],
    [8, 7],
    [9, 8],
    [4, 3],
    [2, 1],
    [3, 2],
  ] as const
  return typeOfField.find(([field]) => seen.has(field))?.[1] ?? 0
}

/** AttributeProto.AttributeType: 1 float ... 14 type_protos. */
function toAttribute(parts: AttributeParts, type: number, node: RawNode): Attribute {
  switch (type) {
    case 1:
      return { kind: 'float', value: parts.float }
    case 2:
      return { kind: 'int', value: parts.int }
    case 3:
      return { kind: 'string', value: parts.text }
    case 4:
      if (parts.tensor === null) break
      return { kind: 'tensor', value: decodeTensor(parts.tensor).tensor }
    case 5:
    case 10:
      throw new Failure(
        'unsupported-model',
        `${nodeLabel(node)} holds a sub-graph (control flow such as If, Loop or Scan), which cannot ` +
          'be explained; export the model with fixed shapes and without data-dependent branches.',
      )
    case 6:
      return { kind: 'floats', value: parts.floats }
    case 7:
      return { kind: 'ints', value: parts.ints }
    case 8:
      return { kind: 'strings', value: parts.strings }
    case 11:
    case 12:
      throw sparseFailure(`attribute "${parts.name}" of ${nodeLabel(node)}`)
  }
  throw new Failure(
    'unsupported-model',
    `Attribute "${parts.name}" of ${nodeLabel(node)} has a kind (${type}) that is not supported.`,
  )
}

export function sparseFailure(where: string): Failure {
  return new Failure(
    'unsupported-model',
    `The model stores ${where} as a sparse tensor, which is not supported; store it dense.`,
  )
}

function unpackFloats(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
}

/** int64 clamped to the integers that a number holds exactly. */
function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER
  return Number(value)
}
