/** @file What an attribution method is, and what it may ask of a model. */

import type { LoopPlan } from '../autodiff/loop-explanation.ts'
import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import type { AnyOptionValues, OptionSpec, OptionValues } from '../options.ts'
import { defaultOptions } from '../parse-options.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'

/** The scalar to explain, one per batch row: the sum of `weights * value` over that row. */
export interface Target {
  /** The value of the graph that is explained: an output or an internal value. */
  readonly value: string
  /** Same shape as that value, batch axis included. */
  readonly weights: Tensor
  /** What was used, in the CLI's own grammar: "3", "3-1", "1@predicted", "logits:3"; rows joined by ";". */
  readonly spec: string
  /** For people: "AD", "AD minus CN", "lesion over the predicted region". */
  readonly label: string
}

/** What a method may ask of a model; the engine supplies it. Every call is one run of the runtime. */
export interface ExplainableModel {
  /** Float inputs, in order; `dims` has null where any size is accepted. */
  readonly inputs: readonly { readonly name: string; readonly dims: readonly (number | null)[] }[]
  /** One number per batch row. */
  score(inputs: Tensors, target: Target): Promise<readonly number[]>
  /**
   * Runs the compiled explanation once: its outputs and the explained score per row. `control` is
   * what the recipe's control input gets; `baseline`, one tensor per input, is for graphs that run the
   * model on a baseline too.
   */
  explain(
    recipe: ExplanationRecipe,
    inputs: Tensors,
    target: Target,
    control?: Tensor,
    baseline?: Tensors,
  ): Promise<{ readonly scores: readonly number[]; readonly outputs: Tensors }>
  /** Default layer of the CAM family: the last value with spatial axes before global pooling or flattening. */
  defaultLayer(inputs: Tensors, target: Target): Promise<string>
}

/** The part of AbortSignal that core needs. */
export interface Cancellation {
  throwIfAborted(): void
}

export interface Progress {
  /** What is being done, for people: "gradient 12 of 50". */
  readonly stage: string
  /** 0 to 1. */
  readonly fraction: number
}

export interface RunControl {
  readonly signal: Cancellation
  readonly onProgress: (progress: Progress) => void
}

export interface AttributionContext<Spec extends OptionSpec> extends RunControl {
  readonly model: ExplainableModel
  readonly inputs: Tensors
  /** Same shapes as the inputs. */
  readonly baseline: Tensors
  /** A distribution of baselines: any number of rows per input, the same number for all inputs. */
  readonly baselineRows?: Tensors
  readonly target: Target
  readonly options: OptionValues<Spec>
  /** Name of the internal value of CAM methods; absent = the default layer. */
  readonly layer?: string
  readonly seed: number
  /** Runs another method on other inputs (SmoothGrad's base); without a seed with the same one. */
  readonly attributeWith: (
    methodId: string,
    options: AnyOptionValues,
    inputs: Tensors,
    control: RunControl & { readonly seed?: number },
  ) => Promise<Attribution>
}

export interface Attribution {
  /** One per model input, same shapes (methods with `upsample=none` say so through `grid`). */
  readonly maps: Tensors
  /** Explained score per batch row at the unperturbed input. */
  readonly scores: readonly number[]
  /**
   * Per row: sum(map) less what the method promises it to be (see `promise`); null where it makes no
   * such promise.
   */
  readonly completenessGap: readonly number[] | null
  /**
   * 'completeness' (where absent): y(x) - y(baseline). 'conservation': the starting relevance, of which
   * biases, stabilisers and unused connections keep a part.
   */
  readonly promise?: 'completeness' | 'conservation'
  /** The layer used, and the grid it was computed on, for CAM methods: "computed on 6x7x6". */
  readonly layer?: { readonly name: string; readonly grid: readonly number[] }
}

export type MethodFamily = 'attention' | 'backpropagation' | 'cam' | 'perturbation'

/** How much work a run is, in units the page can multiply by a measured time. */
export interface Cost {
  readonly forwards: number
  readonly gradients: number
  /**
   * Present where the runs are not whole forward passes or plain gradients, or their number is
   * approximate: the time they take says what this method costs, not what those do.
   */
  readonly isRough?: true
}

/** What a cost can depend on besides options and sizes; absent where it is not known yet. */
export interface CostFacts {
  /** Of the layer that a class activation map is taken from. */
  readonly layer?: {
    readonly channels: number
    /** The part of a forward run that comes after it, 0 to 1. */
    readonly shareAfter: number
  }
  /** Of the distribution of baselines; without one there is one. */
  readonly baselineRows?: number
}

interface MethodNeeds {
  /** Whether the model must have softmax attention. */
  readonly attention?: boolean
  readonly gradient: boolean
  readonly baseline: boolean
  /** Whether it can average over a distribution of baselines. */
  readonly baselineRows?: boolean
  readonly layer: boolean
  readonly seed: boolean
}

export interface AttributionMethod<Spec extends OptionSpec = OptionSpec> {
  readonly id: string
  readonly label: string
  readonly family: MethodFamily
  /** Listed apart inside its family: a score is handed back in shares rather than differentiated. */
  readonly subfamily?: 'relevance'
  /** One line for the list. */
  readonly summary: string
  /** What it is good at: one sentence, from the literature. */
  readonly strengths: string
  /** "What this map cannot tell you": one or two sentences, from the literature. */
  readonly limits: string
  readonly citation: { readonly text: string; readonly url: string }
  readonly options: Spec
  /** `gradient`: operators need VJP rules. The page greys out what the model cannot give. */
  readonly needs: MethodNeeds
  /** What it needs instead with these options; `needsOf` joins the two. */
  needsWith?(options: OptionValues<Spec>): Partial<MethodNeeds>
  /** False where the definition takes a magnitude or a relu. */
  signed(options: OptionValues<Spec>): boolean
  /** Null where it depends on a fact that is not known yet. */
  cost(
    options: OptionValues<Spec>,
    inputDims: readonly (readonly number[])[],
    facts?: CostFacts,
  ): Cost | null
  /** Throws a Failure where options that are good by themselves do not fit these inputs. */
  check?(options: OptionValues<Spec>, inputDims: readonly (readonly number[])[]): void
  attribute(context: AttributionContext<Spec>): Promise<Attribution>
  /** Present where the whole method is one graph; `saliscope export` writes it. */
  recipe?(options: OptionValues<Spec>, layer: string | undefined): ExplanationRecipe
  /** Present where the method is an average of one graph over many points; exported as a Loop. */
  loop?(options: OptionValues<Spec>, seed: number): LoopPlan
}

/** A method with its option types erased, as lists hold it; call `attribute` with checked options. */
export type AnyMethod = AttributionMethod<OptionSpec>

/** What a method needs with these options, missing ones at their defaults. */
export function needsOf(method: AnyMethod, options: AnyOptionValues): MethodNeeds {
  return {
    ...method.needs,
    ...method.needsWith?.({ ...defaultOptions(method.options), ...options }),
  }
}

export function defineMethod<const Spec extends OptionSpec>(
  method: AttributionMethod<Spec>,
): AttributionMethod<Spec> {
  return method
}
