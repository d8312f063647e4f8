/** @file Options of methods and metrics: declared once; the form, the CLI and the checks derive from it. */

interface OptionBase {
  readonly label: string
  /** One sentence, shown as help. */
  readonly help: string
  /** Shown before "all options" is opened. */
  readonly decisive?: boolean
}
export interface IntegerOption extends OptionBase {
  readonly kind: 'integer'
  readonly min: number
  readonly max: number
  readonly default: number
}
export interface NumberOption extends OptionBase {
  readonly kind: 'number'
  readonly min: number
  readonly max: number
  readonly step?: number
  readonly default: number
}
export interface BooleanOption extends OptionBase {
  readonly kind: 'boolean'
  readonly default: boolean
}
export interface ChoiceOption extends OptionBase {
  readonly kind: 'choice'
  readonly choices: readonly string[]
  readonly default: string
}
/** A positive integer for every spatial axis, or one per axis: `16` or `8,16,16`. */
export interface ExtentOption extends OptionBase {
  readonly kind: 'extent'
  readonly min: number
  readonly max: number
  readonly default: readonly number[]
}
export type OptionDeclaration =
  | IntegerOption
  | NumberOption
  | BooleanOption
  | ChoiceOption
  | ExtentOption
export type OptionSpec = Readonly<Record<string, OptionDeclaration>>

export type OptionValue = number | boolean | string | readonly number[]
type ValueOf<O extends OptionDeclaration> = O extends IntegerOption | NumberOption
  ? number
  : O extends BooleanOption
    ? boolean
    : O extends ChoiceOption
      ? O['choices'][number]
      : readonly number[]
export type OptionValues<Spec extends OptionSpec> = { readonly [K in keyof Spec]: ValueOf<Spec[K]> }
export type AnyOptionValues = Readonly<Record<string, OptionValue>>
