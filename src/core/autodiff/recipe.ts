/** @file An explanation as a graph: which rules differentiate it, and what is computed from the gradient. */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Node, Value } from '../onnx/ir.ts'
import type { VjpRule } from './rule.ts'
import type { TypedModel } from './typed-model.ts'

/** Which backward rules replace the standard ones. */
export type NamedRules = 'deconvnet' | 'guided-backprop' | 'standard'

/** Rules that are chosen node by node: relevance, DeepLIFT. */
export interface RuleBook {
  /** Identifies the rules in caches. */
  readonly key: string
  /** Reads the graph once; undefined leaves a node its standard rule. */
  open(model: Model): (node: Node) => VjpRule | undefined
}

export type RuleSet = NamedRules | RuleBook

export interface EmitContext {
  readonly g: GraphBuilder
  /** The model's float inputs, in order. */
  readonly inputs: readonly Value[]
  /** The explained value. */
  readonly target: Value
  /** The weights of the explained sum, in the target's shape and type. */
  readonly weights: Value
  /** The forward graph that is differentiated. */
  readonly model: Model
  /** The same before it was put into the provider's forms: its values keep their names in `model`. */
  readonly written: Model
  /** Any value of the model's graph by name; throws a Failure listing near names. */
  value(name: string): Value
  /**
   * Derivative of the explained sum with respect to each value (zeros where no path leads there), by
   * the recipe's rules unless others are named. `cotangent` replaces the weights at the target.
   */
  gradients(of: readonly Value[], rules?: RuleSet, cotangent?: Value): readonly Value[]
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
  /**
   * Rewrites the forward graph first: merges batch norms, adds a second forward pass. The target and
   * the inputs keep their names; what else is kept is the recipe's own choice.
   */
  prepare?(typed: TypedModel, target: string): TypedModel
  /** Present where every run gets numbers of its own: a mask on the input, an edited layer. */
  readonly control?: Control
  /** Emits nodes; returns one value per output of the explanation, with the output's name. */
  emit(context: EmitContext): readonly Value[]
}
