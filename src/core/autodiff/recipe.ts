/** @file An explanation as a graph: which rules differentiate it, and what is computed from the gradient. */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'

/** Which backward rules replace the standard ones. */
export type RuleSet = 'guided-backprop' | 'standard'

export interface EmitContext {
  readonly g: GraphBuilder
  /** The model's float inputs, in order. */
  readonly inputs: readonly Value[]
  /** Any value of the model's graph by name; throws a Failure listing near names. */
  value(name: string): Value
  /** Derivative of the target with respect to each value (zeros where no path leads there). */
  gradients(of: readonly Value[]): readonly Value[]
}

export interface ExplanationRecipe {
  /** Identifies the compiled graph in caches: method id and every option that changes the graph. */
  readonly key: string
  readonly rules: RuleSet
  /** Emits nodes; returns one value per output of the explanation, with the output's name. */
  emit(context: EmitContext): readonly Value[]
}
