/** @file An explanation as a graph: which rules differentiate it, and what is computed from the gradient. */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'

/** Which backward rules replace the standard ones. */
export type RuleSet = 'deconvnet' | 'guided-backprop' | 'standard'

export interface EmitContext {
  readonly g: GraphBuilder
  /** The model's float inputs, in order. */
  readonly inputs: readonly Value[]
  /** The explained value. */
  readonly target: Value
  /** Any value of the model's graph by name; throws a Failure listing near names. */
  value(name: string): Value
  /** Derivative of the target with respect to each value (zeros where no path leads there). */
  /** By the recipe's rules unless others are named. */
  gradients(of: readonly Value[], rules?: RuleSet): readonly Value[]
  /** The recipe's control input; absent where the recipe has none. */
  readonly control?: Value
}

/** One more input of the explanation's graph, given anew for every run (float32, batch axis first). */
export interface Control {
  /** Its shape, from the values of the model's graph. */
  dims(value: (name: string) => Value): readonly number[]
  /** The values that something else stands in for: all that reads them reads the stand-in. */
  readonly replaced: readonly string[]
  /** The stand-in for one of them, in the same shape. What it does not use is not computed. */
  replace(g: GraphBuilder, value: Value, control: Value): Value
}

export interface ExplanationRecipe {
  /** Identifies the compiled graph in caches: method id and every option that changes the graph. */
  readonly key: string
  readonly rules: RuleSet
  /** Present where every run gets numbers of its own: a mask on the input, an edited layer. */
  readonly control?: Control
  /** Emits nodes; returns one value per output of the explanation, with the output's name. */
  emit(context: EmitContext): readonly Value[]
}
