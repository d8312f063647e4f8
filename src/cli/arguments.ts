/** @file Reads the command's arguments; anything unknown or missing is a Failure with one sentence. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { Failure } from '../core/failure.ts'

export const usage = `saliscope: see, and check, why a network said what it said

  saliscope inspect  MODEL.onnx [--input X] [--json]
  saliscope methods  [--json]
  saliscope metrics  [--json]
  saliscope predict  --model M --input X [--json]
  saliscope explain  --model M --input X --method ID [--option key=value]... [--target T]
                     [--baseline B] [--layer VALUE] [--truth MASK] [--seed N] --output OUT [--json]
  saliscope evaluate --map MAP --truth MASK [--label N] [--metric ID]... [--option METRIC.key=value]... [--json]
  saliscope export   --model M --method ID [--option key=value]... [--target T] --output EXPLANATION.onnx

Arrays are .npy (the tensor as the model takes it) or .nii / .nii.gz (the model's card says how a volume
becomes the tensor). A model with several inputs: --input NAME=FILE for each, volumes and arrays
mixed as they come; an input that is no image also takes its numbers: --input NAME=63,1,0. Baselines
likewise: --baseline NAME=...; every volume's map lies on that volume's own grid.
Targets: argmax, sum, K, K-L, a full index i,j,..., K@predicted, K@mask, NAME:...; one per row: t0;t1.
K is the class score as the model gives it; probability(K), also with @predicted or @mask, is its
probability: the softmax of the scores, or the sigmoid of a single one. Likewise
probability(K)-probability(L) and probability(i,j,...).
Layers of class activation maps: inspect --json lists what --layer takes, with shapes and the default.
For research and teaching, not for clinical decisions.
`

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

export interface Arguments {
  /** A required text. */
  need(name: string): string
  text(name: string): string | undefined
  all(name: string): readonly string[]
  has(name: string): boolean
  /** A non-negative integer. */
  integer(name: string, otherwise: number): number
  readonly positionals: readonly string[]
}

/** `texts` take a value once, `lists` may repeat, `flags` take none. */
export function readArguments(
  command: string,
  args: readonly string[],
  kinds: {
    readonly texts?: readonly string[]
    readonly lists?: readonly string[]
    readonly flags?: readonly string[]
    readonly positionals?: number
  },
): Arguments {
  const { texts = [], lists = [], flags = [], positionals: wanted = 0 } = kinds
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const name of texts) options[name] = { type: 'string', multiple: true }
  for (const name of lists) options[name] = { type: 'string', multiple: true }
  for (const name of flags) options[name] = { type: 'boolean' }
  const { values, positionals, tokens } = parseArgs({
    args: joinNegativeValues(args, [...texts, ...lists]),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const known = options[token.name]
    if (!known) {
      const names = Object.keys(options).map((name) => `--${name}`)
      throw new Failure(
        'bad-request',
        `'${command}' has no argument '${token.rawName}'; it takes ${names.join(', ')}`,
      )
    }
    const isSwallowed = !token.inlineValue && token.value?.startsWith('--')
    if (known.type === 'string' && (token.value === undefined || isSwallowed))
      throw new Failure('bad-request', `--${token.name} needs a value`)
    if (known.type === 'boolean' && token.value !== undefined)
      throw new Failure('bad-request', `--${token.name} takes no value`)
  }
  const found: Values = values
  const listOf = (name: string): readonly string[] => {
    const value = found[name]
    return Array.isArray(value) ? value.map(String) : []
  }
  for (const name of texts) {
    if (listOf(name).length > 1)
      throw new Failure(
        'bad-request',
        `--${name} was given ${listOf(name).length} times; give it once`,
      )
  }
  if (positionals.length > wanted) {
    throw new Failure(
      'bad-request',
      `'${command}' does not know what to do with '${positionals[wanted]}'`,
    )
  }
  const text = (name: string) => listOf(name)[0]
  return {
    positionals,
    text,
    all: listOf,
    has: (name) => found[name] === true,
    need(name) {
      const value = text(name)
      if (value === undefined || value === '')
        throw new Failure('bad-request', `'${command}' needs --${name}`)
      return value
    },
    integer(name, otherwise) {
      const value = text(name)
      if (value === undefined) return otherwise
      const number = Number(value)
      if (!/^\d+$/.test(value) || !Number.isSafeInteger(number))
        throw new Failure(
          'bad-request',
          `--${name} is '${value}'; it must be a whole number, 0 or more`,
        )
      return number
    },
  }
}

/** `--baseline -1` means the value -1: parseArgs alone would take it for another option. */
function joinNegativeValues(args: readonly string[], withValue: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    const next = args[i + 1]
    if (arg.startsWith('--') && withValue.includes(arg.slice(2)) && next && /^-[\d.]/.test(next)) {
      joined.push(`${arg}=${next}`)
      i++
    } else joined.push(arg)
  }
  return joined
}
