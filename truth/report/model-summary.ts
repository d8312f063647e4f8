/** @file How well a model tells its held-out subjects apart. */

import { bootstrap } from '../measure/bootstrap.ts'
import type { CrossedRow, PredictionRow } from '../measure/rows.ts'
import { wilsonInterval } from '../measure/wilson.ts'

/** Of a number of images, with Wilson's 95 % interval. */
export interface Share {
  readonly share: number
  readonly low: number
  readonly high: number
  readonly count: number
}

export interface ModelSummary {
  readonly variant: string
  /** Of the file of the network. */
  readonly sha256: string
  /** Images: every subject with the signal, and its twin without. */
  readonly accuracy: Share
  readonly sensitivity: number
  readonly specificity: number
  /** Subjects that score above their own twin. */
  readonly ordered: number
  /** Of the score: the chance that a subject with the signal scores above one without. */
  readonly auc: number
  /**
   * The same with every subject drawn once, with or without its signal by a coin, as a test set is:
   * 95 % of the values that different coins give.
   */
  readonly drawnAuc: readonly [low: number, high: number]
}

export function summariseModel(
  variant: string,
  sha256: string,
  rows: readonly PredictionRow[],
): ModelSummary {
  const hits = rows.filter(({ signal }) => signal > 0).length
  const passes = rows.filter(({ quiet }) => quiet < 0).length
  const drawn = bootstrap((random) => {
    const chosen = rows.map((row) => ({ ...row, isSignal: random.uniform() < 0.5 }))
    const signals = chosen.filter(({ isSignal }) => isSignal).map(({ signal }) => signal)
    const others = chosen.filter(({ isSignal }) => !isSignal).map(({ quiet }) => quiet)
    return areaOf(signals, others)
  }, 500)
  return {
    variant,
    sha256,
    accuracy: shareOf(hits + passes, 2 * rows.length),
    sensitivity: hits / rows.length,
    specificity: passes / rows.length,
    ordered: rows.filter(({ signal, quiet }) => signal > quiet).length / rows.length,
    auc: areaOf(
      rows.map(({ signal }) => signal),
      rows.map(({ quiet }) => quiet),
    ),
    drawnAuc: [drawn.low, drawn.high],
  }
}

export interface CrossedSummary {
  /** Images told the class with the signal, by what they show. */
  readonly told: readonly ({ readonly name: string } & Share)[]
  /** Of the score: the whole signal above each of the others, by their names. */
  readonly auc: Readonly<Record<string, number>>
  /**
   * Where the class is the whole signal alone: the mean of the share told of the whole and the share
   * not told of its parts. null where a part is the class too.
   */
  readonly balancedAccuracy: number | null
}

/** Null where the signal has no parts. The first name is the whole signal. */
export function summariseCrossed(
  rows: readonly CrossedRow[],
  isWholeTheClass: boolean,
): CrossedSummary | null {
  const [whole, ...others] = Object.keys(rows[0]?.leads ?? {})
  if (whole === undefined) return null
  const leads = (name: string) => rows.map((row) => row.leads[name] ?? Number.NaN)
  const told = [whole, ...others].map((name) => ({
    name,
    ...shareOf(leads(name).filter((lead) => lead > 0).length, rows.length),
  }))
  const [first, ...rest] = told
  const wrong = rest.reduce((sum, { share }) => sum + share, 0) / rest.length
  return {
    told,
    auc: Object.fromEntries(others.map((name) => [name, areaOf(leads(whole), leads(name))])),
    balancedAccuracy: isWholeTheClass ? ((first?.share ?? 0) + 1 - wrong) / 2 : null,
  }
}

function shareOf(successes: number, count: number): Share {
  const [low, high] = wilsonInterval(successes, count)
  return { share: successes / count, low, high, count }
}

/** Mann and Whitney's: a tie counts one half; one half where there is nothing to compare. */
function areaOf(signals: readonly number[], others: readonly number[]): number {
  let won = 0
  for (const signal of signals) {
    for (const other of others) won += signal > other ? 1 : signal === other ? 0.5 : 0
  }
  const pairs = signals.length * others.length
  return pairs === 0 ? 0.5 : won / pairs
}
