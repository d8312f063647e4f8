/** @file Typed access to the attributes of a node, with the operator's defaults. */

import { Failure } from '../failure.ts'
import type { Node } from '../onnx/ir.ts'

export interface AttributeReader {
  float(name: string, fallback: number): number
  int(name: string, fallback: number): number
  ints(name: string): readonly number[] | undefined
  string(name: string, fallback: string): string
  has(name: string): boolean
}

export function readAttributes(node: Node): AttributeReader {
  function mismatch(name: string): Failure {
    return new Failure(
      'bad-file',
      `Attribute '${name}' of ${node.op} node '${node.name}' has the wrong type.`,
    )
  }
  return {
    float(name, fallback) {
      const found = node.attributes[name]
      if (!found) return fallback
      if (found.kind !== 'float') throw mismatch(name)
      return found.value
    },
    int(name, fallback) {
      const found = node.attributes[name]
      if (!found) return fallback
      if (found.kind !== 'int') throw mismatch(name)
      return found.value
    },
    ints(name) {
      const found = node.attributes[name]
      if (!found) return undefined
      // An empty list has no type of its own in the file.
      if (found.kind === 'floats' && found.value.length === 0) return []
      if (found.kind !== 'ints') throw mismatch(name)
      return found.value
    },
    string(name, fallback) {
      const found = node.attributes[name]
      if (!found) return fallback
      if (found.kind !== 'string') throw mismatch(name)
      return found.value
    },
    has: (name) => node.attributes[name] !== undefined,
  }
}
