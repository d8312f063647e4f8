/** @file The words of `--target`: argmax, sum, K, K-L, probability(K), i,j,..., K@predicted, K@mask, NAME:..., rows by ";". */

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
      /** Of the class, by softmax over the classes (sigmoid of a single one), not of its score. */
      readonly isProbability: boolean
    }
  | { readonly kind: 'element'; readonly index: readonly number[] }
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
  const match = /^(?:(\d+)(?:-(\d+))?|probability\((\d+)\))(?:@(predicted|mask))?$/.exec(term)
  if (match) {
    const [, plus, minus, probable, region] = match
    return {
      kind: 'class',
      plus: Number(plus ?? probable),
      minus: minus === undefined ? null : Number(minus),
      region: (region as Region | undefined) ?? 'everywhere',
      isProbability: probable !== undefined,
    }
  }
  if (/^\d+(\s*,\s*\d+)+$/.test(term)) {
    return { kind: 'element', index: term.split(',').map(Number) }
  }
  throw new Failure(
    'bad-request',
    `target '${whole}' is not understood: use argmax, sum, a class K, K-L, probability(K), a full index i,j,..., K@predicted, K@mask, or NAME: before any of these`,
  )
}

/** A term in the grammar's own words. */
export function formatTerm(term: TargetTerm): string {
  switch (term.kind) {
    case 'argmax':
      return 'argmax'
    case 'sum':
      return 'sum'
    case 'element':
      return term.index.join(',')
    case 'class': {
      const classes = term.isProbability
        ? `probability(${term.plus})`
        : term.minus === null
          ? `${term.plus}`
          : `${term.plus}-${term.minus}`
      return term.region === 'everywhere' ? classes : `${classes}@${term.region}`
    }
  }
}
