/** @file A node between the file and the IR. */

import type { Attribute } from './ir.ts'

/** A node as stored: attributes may still refer to parameters of the function they stand in. */
export interface RawNode {
  name: string
  domain: string
  op: string
  overload: string
  inputs: string[]
  outputs: string[]
  attributes: Record<string, Attribute>
  /** Attribute name to the name of the enclosing function's attribute. */
  references: Record<string, string>
}

export function createRawNode(): RawNode {
  return {
    name: '',
    domain: '',
    op: '',
    overload: '',
    inputs: [],
    outputs: [],
    attributes: {},
    references: {},
  }
}

/** "ai.onnx" is another spelling of the default domain. */
export function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain
}
