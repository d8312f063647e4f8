/**
 * @file The words of `--target`: argmax, sum, K, K-L, i,j,..., K@predicted, K@mask, NAME:..., rows by ";";
 * of probabilities probability(K), probability(K)-probability(L) and probability(i,j,...).
 */

import { Failure } from '../failure.ts'

export type Region = 'everywhere' | 'mask' | 'predicted'

/** What one batch row explains. */
export type TargetTerm =
  /** Nothing was said: the highest class of a vector, the value itself of a scalar per row. */
  | { readonly kind: 'argmax' }
  | {
      readonly kind: 'class'
      readonly plus: number
      /** Subtracted; null = nothing. */
      readonly minus: number | null
      readonly region: Region
      /** Of the classes, by softmax over them (sigmoid of a single one), not of their scores. */
      readonly isProbability: boolean
    }
  | {
      readonly kind: 'element'
      readonly index: readonly number[]
      readonly isProbability: boolean
    }
  | { readonly kind: 'sum' }

export interface TargetText {
  /** The value that is explained; null = the first output. */
  readonly valueName: string | null
  /** One for all rows, or one per row. */
  readonly terms: readonly TargetTerm[]
}

/**
 * Reads the target grammar; '' means the default.
 * @param valueNames names that may themselves contain a colon ("logits:0") and then stand alone.
 */
export function parseTarget(text: string, valueNames: readonly string[] = []): TargetText {
  const rows = text.split(';').map((row) => parseRow(row.trim(), valueNames))
  const names = new Set(rows.map(({ valueName }) => valueName))
  if (names.size > 1) {
    throw new Failure(
      'bad-request',
      `target '${text}' names several values; all rows must explain the same one`,
    )
  }
  return { valueName: rows[0]?.valueName ?? null, terms: rows.map(({ term }) => term) }
}

function parseRow(
  text: string,
  valueNames: readonly string[],
): { readonly valueName: string | null; readonly term: TargetTerm } {
  if (valueNames.includes(text)) return { valueName: text, term: { kind: 'argmax' } }
  const colon = text.lastIndexOf(':')
  if (colon < 0) return { valueName: null, term: parseTerm(text, text) }
  return { valueName: text.slice(0, colon), term: parseTerm(text.slice(colon + 1), text) }
}

function parseTerm(term: string, whole: string): TargetTerm {
  if (term === '' || term === 'argmax') return { kind: 'argmax' }
  if (term === 'sum') return { kind: 'sum' }
  const region = /@(predicted|mask)$/.exec(term)
  const classes = readClasses(region ? term.slice(0, region.index) : term)
  if (classes) {
    return {
      kind: 'class',
      ...classes,
      region: (region?.[1] as Region | undefined) ?? 'everywhere',
    }
  }
  const [, score, probability] = ELEMENT.exec(term) ?? []
  const index = score ?? probability
  if (index !== undefined) {
    const isProbability = probability !== undefined
    return { kind: 'element', index: index.split(',').map(Number), isProbability }
  }
  throw new Failure(
    'bad-request',
    `target '${whole}' is not understood: use argmax, sum, a class K, K-L, probability(K), probability(K)-probability(L), a full index i,j,..., K@predicted, K@mask, or NAME: before any of these`,
  )
}

const SCORES = /^(\d+)(?:-(\d+))?$/
const PROBABILITIES = /^probability\((\d+)\)(?:-probability\((\d+)\))?$/
const ELEMENT = /^(?:(\d+(?:\s*,\s*\d+)+)|probability\((\d+(?:\s*,\s*\d+)+)\))$/

function readClasses(term: string) {
  const isProbability = term.startsWith('probability')
  const match = (isProbability ? PROBABILITIES : SCORES).exec(term)
  if (!match) return null
  const [, plus, minus] = match
  return {
    plus: Number(plus),
    minus: minus === undefined ? null : Number(minus),
    isProbability,
  }
}

/** A term in the grammar's own words. */
export function formatTerm(term: TargetTerm): string {
  switch (term.kind) {
    case 'argmax':
      return 'argmax'
    case 'sum':
      return 'sum'
    case 'element':
      return nameOf(term.index.join(','), term.isProbability)
    case 'class': {
      const parts = term.minus === null ? [term.plus] : [term.plus, term.minus]
      const classes = parts.map((index) => nameOf(`${index}`, term.isProbability)).join('-')
      return term.region === 'everywhere' ? classes : `${classes}@${term.region}`
    }
  }
}

function nameOf(place: string, isProbability: boolean): string {
  return isProbability ? `probability(${place})` : place
}
