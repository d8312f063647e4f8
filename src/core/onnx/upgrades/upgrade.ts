/** @file What a rewrite of one operator from an older opset sees and returns. */

import type { Attribute, ConstantTensor, Node } from '../ir.ts'

export interface UpgradeContext {
  /** ai.onnx opset that the model was written for. */
  readonly version: number
  /** Adds an initializer; returns its name, which starts with `hint`. */
  constant(hint: string, tensor: ConstantTensor): string
  /** A name that nothing in the graph has. */
  fresh(hint: string): string
  /** The value of an initializer or of a Constant node. */
  constantValue(name: string): ConstantTensor | undefined
  /** A float constant of the element type of `like`; `nodes` are what that takes (often nothing). */
  floatLike(hint: string, value: number, like: string): FloatLike
  isUsed(name: string): boolean
  /** Number of dimensions where the graph makes it obvious. */
  rank(name: string): number | undefined
}

export interface FloatLike {
  readonly name: string
  readonly nodes: readonly Node[]
}

export interface Upgrade {
  readonly op: string
  /** The form is the old one in opsets below this. */
  readonly before: number
  /** Nodes with the same meaning at opset 18; the last keeps the original's name. */
  rewrite(node: Node, context: UpgradeContext): readonly Node[]
}

export function intAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes[name]
  return attribute?.kind === 'int' ? attribute.value : otherwise
}

export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name]
  return attribute?.kind === 'ints' ? attribute.value : undefined
}

export function floatAttribute(node: Node, name: string): number | undefined {
  const attribute = node.attributes[name]
  return attribute?.kind === 'float' ? attribute.value : undefined
}

export function stringAttribute(node: Node, name: string, otherwise: string): string {
  const attribute = node.attributes[name]
  return attribute?.kind === 'string' ? attribute.value : otherwise
}

/** The attributes without those named. */
export function withoutAttributes(
  node: Node,
  ...names: readonly string[]
): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(
    Object.entries(node.attributes).filter(([name]) => !names.includes(name)),
  )
}

export function firstOutput(node: Node): string {
  return node.outputs[0] ?? ''
}

export function firstInput(node: Node): string {
  return node.inputs[0] ?? ''
}
