/** @file Options of methods and metrics as they arrive, from a command line or a message, checked. */

import { Failure } from './failure.ts'
import { nameThe } from './near-names.ts'
import type {
  AnyOptionValues,
  OptionDeclaration,
  OptionSpec,
  OptionValue,
  OptionValues,
} from './options.ts'

/** Every option at its default. */
export function defaultOptions<Spec extends OptionSpec>(spec: Spec): OptionValues<Spec> {
  return fill(spec, {})
}

/**
 * Options from `key=value` texts, missing ones at their defaults.
 * @param owner who declares them, for messages: "integrated-gradients".
 * Throws a Failure('bad-request') that says what exists and what would be accepted.
 */
export function parseOptions<Spec extends OptionSpec>(
  owner: string,
  spec: Spec,
  given: Readonly<Record<string, string>>,
): OptionValues<Spec> {
  const values: Record<string, OptionValue> = {}
  for (const [name, text] of Object.entries(given)) {
    const declaration = declared(owner, spec, name)
    values[name] = check(owner, name, declaration, parseValue(declaration, text.trim()), text)
  }
  return fill(spec, values)
}

/** Options from a message or a saved session: an object of the right kinds; missing ones at defaults. */
export function checkOptions<Spec extends OptionSpec>(
  owner: string,
  spec: Spec,
  given: unknown,
): OptionValues<Spec> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Failure('bad-request', `options of ${owner} must be an object of names and values`)
  }
  const values: Record<string, OptionValue> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    values[name] = check(owner, name, declared(owner, spec, name), value, show(value))
  }
  return fill(spec, values)
}

/** `key=value` arguments as a record; the last of a repeated key wins. */
export function splitAssignments(assignments: readonly string[]): Readonly<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    if (at < 1) {
      throw new Failure('bad-request', `'${assignment}' is not an option: write key=value`)
    }
    result[assignment.slice(0, at).trim()] = assignment.slice(at + 1)
  }
  return result
}

/** What an option accepts, for messages and help: "a whole number from 1 to 512". */
export function describeAccepted(declaration: OptionDeclaration): string {
  switch (declaration.kind) {
    case 'integer':
      return `a whole number ${bounds(declaration)}`
    case 'number':
      return `a number ${bounds(declaration)}`
    case 'boolean':
      return 'true or false'
    case 'choice':
      return `one of ${declaration.choices.join(', ')}`
    case 'extent':
      return `a whole number ${bounds(declaration)} for every axis, or one per axis such as 8,16,16`
  }
}

function fill<Spec extends OptionSpec>(spec: Spec, given: AnyOptionValues): OptionValues<Spec> {
  const entries = Object.entries(spec).map(([name, { default: value }]) => [
    name,
    Object.hasOwn(given, name) ? given[name] : value,
  ])
  return Object.fromEntries(entries) as OptionValues<Spec>
}

function declared(owner: string, spec: OptionSpec, name: string): OptionDeclaration {
  const declaration = Object.hasOwn(spec, name) ? spec[name] : undefined
  if (declaration) return declaration
  const known = Object.keys(spec)
  throw new Failure(
    'bad-request',
    known.length === 0
      ? `${owner} has no option '${name}': it takes none`
      : `${owner} has no option '${name}': ${nameThe('options are', name, known)}`,
  )
}

/** A text in the shape the declaration wants; left as text where it is not of that shape. */
function parseValue(declaration: OptionDeclaration, text: string): unknown {
  switch (declaration.kind) {
    case 'integer':
    case 'number':
      return isNumeral(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'choice':
      return text
    case 'extent': {
      const parts = text.split(/[,x]/).map((part) => part.trim())
      return parts.every(isNumeral) ? parts.map(Number) : text
    }
  }
}

/** A decimal number as people write it; no hexadecimal, no empty text. */
export function isNumeral(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
}

function check(
  owner: string,
  name: string,
  declaration: OptionDeclaration,
  value: unknown,
  shown: string,
): OptionValue {
  const accepted = acceptedValue(declaration, value)
  if (accepted !== null) return accepted
  throw new Failure(
    'bad-request',
    `${owner}: option '${name}' must be ${describeAccepted(declaration)}, not '${shown}'`,
  )
}

function acceptedValue(declaration: OptionDeclaration, value: unknown): OptionValue | null {
  switch (declaration.kind) {
    case 'integer':
      return isWithin(value, declaration) && Number.isInteger(value) ? value : null
    case 'number':
      // A default of NaN means "not given"; JSON writes it as null.
      if (Number.isNaN(declaration.default) && (value === null || Number.isNaN(value))) {
        return Number.NaN
      }
      return isWithin(value, declaration) ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'choice':
      return typeof value === 'string' && declaration.choices.includes(value) ? value : null
    case 'extent': {
      const sizes: readonly unknown[] = Array.isArray(value) ? value : [value]
      const fits = (size: unknown): size is number =>
        isWithin(size, declaration) && Number.isInteger(size)
      return sizes.length > 0 && sizes.every(fits) ? sizes : null
    }
  }
}

function isWithin(value: unknown, { min, max }: { min: number; max: number }): value is number {
  return typeof value === 'number' && value >= min && value <= max
}

function bounds({ min, max }: { readonly min: number; readonly max: number }): string {
  const low = min > -Number.MAX_VALUE
  const high = max < Number.MAX_VALUE
  if (low && high) return `from ${min} to ${max}`
  if (low) return `of at least ${min}`
  return high ? `of at most ${max}` : 'of any size'
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}
