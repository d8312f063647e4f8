/** @file What a VJP rule is: from the cotangents of a node's outputs to those of its inputs. */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Node, Value } from '../onnx/ir.ts'
import type { AttributeReader } from './attribute-reader.ts'
import type { ProviderTraits } from './lowering/provider-traits.ts'

/** An optional input is written with a question mark: ['x', 'weights', 'bias?']. */
type InputOf<Name> = Name extends `${string}?` ? Value | null : Value
type InputsOf<Names extends readonly string[]> = {
  readonly [I in keyof Names]: InputOf<Names[I]>
}
type PerInput<Inputs extends readonly unknown[], T> = { readonly [I in keyof Inputs]: T }

export interface VjpContext<Inputs extends readonly (Value | null)[]> {
  readonly g: GraphBuilder
  readonly traits: ProviderTraits
  readonly node: Node
  readonly attributes: AttributeReader
  readonly inputs: Inputs
  /** Where a cotangent is wanted; a rule may leave the others null. */
  readonly needs: PerInput<Inputs, boolean>
  /** The first output. */
  readonly y: Value
  readonly outputs: readonly (Value | null)[]
  /** Derivative of the target with respect to the first output. */
  readonly cotangent: Value
  /** The same for every output; null is zero. */
  readonly cotangents: readonly (Value | null)[]
}

/**
 * One entry per input; null where no derivative flows. An entry may still have the broadcast
 * shape: the driver sums it back to the input's.
 */
export type Cotangents<Inputs extends readonly (Value | null)[]> = PerInput<Inputs, Value | null>

export interface VjpRule {
  readonly domain: string
  readonly op: string
  /** First opset whose definition of the operator this rule covers. */
  readonly since: number
  /** Names of the inputs, or 'variadic'. */
  readonly inputs: readonly string[] | 'variadic'
  apply(context: VjpContext<readonly (Value | null)[]>): readonly (Value | null)[]
}

/** A rule of ai.onnx for the operator's canonical form at opset 18 to 23. */
export function defineVjp<const Names extends readonly string[]>(
  op: string,
  inputs: Names,
  apply: (context: VjpContext<InputsOf<Names>>) => Cotangents<InputsOf<Names>>,
  { since = 1 }: { readonly since?: number } = {},
): VjpRule {
  // The driver checks the arity against `inputs` before it calls.
  return { domain: '', op, since, inputs, apply: apply as unknown as VjpRule['apply'] }
}

/** A rule for an operator with any number of inputs. */
export function defineVariadicVjp(
  op: string,
  apply: (context: VjpContext<readonly Value[]>) => readonly (Value | null)[],
): VjpRule {
  return {
    domain: '',
    op,
    since: 1,
    inputs: 'variadic',
    apply: apply as unknown as VjpRule['apply'],
  }
}
