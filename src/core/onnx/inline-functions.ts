/** @file Model-local functions (ModelProto.functions) are replaced by the nodes they stand for. */

import { Failure } from '../failure.ts'
import { decodeAttribute } from './decode-attribute.ts'
import { decodeNode } from './decode-graph.ts'
import type { Attribute } from './ir.ts'
import { createRawNode, plainDomain, type RawNode } from './raw-node.ts'
import { readMessage } from './wire.ts'

export interface ModelFunction {
  name: string
  domain: string
  overload: string
  inputs: string[]
  outputs: string[]
  nodes: RawNode[]
  /** Values of attributes that a call may leave out. */
  defaults: Record<string, Attribute>
  opsets: Map<string, number>
}

export function decodeFunction(message: Uint8Array): ModelFunction {
  const defaults = createRawNode()
  const result: ModelFunction = {
    name: '',
    domain: '',
    overload: '',
    inputs: [],
    outputs: [],
    nodes: [],
    defaults: defaults.attributes,
    opsets: new Map(),
  }
  readMessage(message, (field) => {
    switch (field.number) {
      case 1:
        result.name = field.text()
        break
      case 4:
        result.inputs.push(field.text())
        break
      case 5:
        result.outputs.push(field.text())
        break
      case 7:
        result.nodes.push(decodeNode(field.bytes()))
        break
      case 9: {
        const [domain, version] = decodeOpset(field.bytes())
        result.opsets.set(domain, version)
        break
      }
      case 10:
        result.domain = plainDomain(field.text())
        break
      case 11:
        decodeAttribute(field.bytes(), defaults)
        break
      case 13:
        result.overload = field.text()
        break
    }
  })
  return result
}

/** OperatorSetIdProto: domain and version. */
export function decodeOpset(message: Uint8Array): readonly [domain: string, version: number] {
  let domain = ''
  let version = 0
  readMessage(message, (field) => {
    if (field.number === 1) domain = plainDomain(field.text())
    if (field.number === 2) version = Number(field.int64())
  })
  return [domain, version]
}

/** Deeper nesting than this means that a function calls itself, which ONNX forbids. */
const MAX_DEPTH = 64

/**
 * Replaces every call of a model-local function by the function's nodes, with the call's inputs,
 * outputs and attributes put in and inner names made unique.
 * @throws Failure when a function was written for another opset than the model, or calls itself
 */
export function inlineFunctions(
  nodes: readonly RawNode[],
  functions: readonly ModelFunction[],
  opsets: Map<string, number>,
): RawNode[] {
  if (functions.length === 0) return [...nodes]
  const byKey = new Map(functions.map((each) => [functionKey(each.domain, each.name, each), each]))
  const taken = new Set(nodes.flatMap((node) => [...node.inputs, ...node.outputs]))
  const out: RawNode[] = []
  const expand = (node: RawNode, depth: number) => {
    const callee = byKey.get(functionKey(node.domain, node.op, node))
    if (callee === undefined) {
      out.push(node)
      return
    }
    if (depth > MAX_DEPTH) {
      throw new Failure('bad-file', `The model's function "${callee.name}" calls itself.`)
    }
    adoptOpsets(callee, opsets)
    for (const inner of instantiate(node, callee, taken)) expand(inner, depth + 1)
  }
  for (const node of nodes) expand(node, 0)
  return out
}

function functionKey(domain: string, name: string, of: { readonly overload: string }): string {
  return `${domain}\n${name}\n${of.overload}`
}

function adoptOpsets(callee: ModelFunction, opsets: Map<string, number>): void {
  for (const [domain, version] of callee.opsets) {
    const model = opsets.get(domain)
    if (model === undefined) opsets.set(domain, version)
    else if (model !== version) {
      throw new Failure(
        'unsupported-model',
        `The model's function "${callee.name}" uses opset ${version} of ${domain || 'ai.onnx'} but ` +
          `the model uses ${model}; export the model with its functions inlined.`,
      )
    }
  }
}

/** The function's nodes with formal names replaced by the call's, and the rest by fresh names. */
function instantiate(call: RawNode, callee: ModelFunction, taken: Set<string>): RawNode[] {
  const names = new Map<string, string>([['', '']])
  callee.inputs.forEach((formal, index) => {
    names.set(formal, call.inputs[index] ?? '')
  })
  callee.outputs.forEach((formal, index) => {
    const actual = call.outputs[index] ?? ''
    if (actual !== '' && !names.has(formal)) names.set(formal, actual)
  })
  const prefix = call.name || call.outputs.find((name) => name !== '') || callee.name
  const rename = (inner: string) => {
    let actual = names.get(inner)
    if (actual === undefined) {
      actual = unusedName(`${prefix}/${inner}`, taken)
      names.set(inner, actual)
    }
    return actual
  }
  const body = callee.nodes.map((inner) => ({
    ...inner,
    name: `${prefix}/${inner.name || inner.op}`,
    inputs: inner.inputs.map(rename),
    outputs: inner.outputs.map(rename),
    ...resolveReferences(inner, call, callee),
  }))
  return [...body, ...passThrough(call, callee)]
}

/** A function may hand an input straight to an output: that needs an Identity once inlined. */
function passThrough(call: RawNode, callee: ModelFunction): RawNode[] {
  return callee.outputs.flatMap((formal, index) => {
    const from = callee.inputs.indexOf(formal)
    const output = call.outputs[index] ?? ''
    if (from < 0 || output === '') return []
    const identity = createRawNode()
    identity.op = 'Identity'
    identity.inputs = [call.inputs[from] ?? '']
    identity.outputs = [output]
    return [identity]
  })
}

function resolveReferences(
  inner: RawNode,
  call: RawNode,
  callee: ModelFunction,
): Pick<RawNode, 'attributes' | 'references'> {
  const attributes = { ...inner.attributes }
  const references: Record<string, string> = {}
  for (const [name, formal] of Object.entries(inner.references)) {
    const value = call.attributes[formal] ?? callee.defaults[formal]
    const outer = call.references[formal]
    if (value !== undefined) attributes[name] = value
    else if (outer !== undefined) references[name] = outer
  }
  return { attributes, references }
}

export function unusedName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 1; taken.has(name); count += 1) name = `${wanted}_${count}`
  taken.add(name)
  return name
}
