/** @file From the rows of one method on one task to the numbers of the tables. */

import type { MethodFamily } from '../../src/core/attribution/method.ts'
import { judgeLikeness, type LikenessVerdict } from '../../src/core/metrics/judge-likeness.ts'
import {
  bootstrapCrossed,
  bootstrapMean,
  type CrossedValue,
  type Estimate,
  quantileOf,
} from '../measure/bootstrap.ts'
import type { MethodResult } from '../measure/measure-method.ts'
import { type MeasureId, measureIds } from '../measure/measures.ts'
import type { TimingRow } from '../measure/rows.ts'

/** Fewer comparisons with permuted weights are not judged. */
export const LEAST_JUDGED = 5
/** The permutation whose comparison is in the rows of maps. */
const FIRST_SEED = 1

/** Middle and quartiles of a few repeats. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface Cost {
  /** Of the processor, for one map. */
  readonly seconds: Spread
  /** That time over the time of the forward run just before. */
  readonly forwards: Spread
  readonly repeats: number
  readonly machine: string
}

/** A network whose weights were permuted draws nothing: there is no map to compare with. */
export type MethodVerdict = LikenessVerdict | 'not judged'

export interface MethodSummary {
  readonly id: string
  readonly label: string
  readonly family: MethodFamily
  readonly count: number
  /** Maps that are the same everywhere. */
  readonly empty: number
  readonly measures: Readonly<Record<MeasureId, Estimate>>
  /** The neuro mass of every case. */
  readonly cases: readonly { readonly index: number; readonly neuro: number }[]
  /** On the cases that the model tells right, and how many of those maps are empty. */
  readonly right: { readonly neuro: Estimate; readonly empty: number } | null
  /** Neuro mass of the subject less that of its twin, in the same truth; null = not measured. */
  readonly paired: Estimate | null
  readonly chance: number
  readonly chanceNeuro: number
  /** Median over cases; null where the method promises nothing. */
  readonly gap: number | null
  /** null = not timed. */
  readonly cost: Cost | null
  /** |rank correlation| with maps of permuted weights, over networks and cases; null = not measured. */
  readonly randomised: Estimate | null
  /** Networks with permuted weights that were compared. */
  readonly permutations: number
  readonly verdict: MethodVerdict | null
  /** Neuro mass of networks with permuted weights, and of this one; over networks and cases. */
  readonly permutedNeuro: Estimate | null
  readonly retrained: Estimate | null
}

/** `right`: the cases that the model tells right. Null without a row. */
export function summariseMethod(
  { planned, rows, twins, permuted, timing }: MethodResult,
  right: ReadonlySet<number>,
): MethodSummary | null {
  const measures: Partial<Record<MeasureId, Estimate>> = {}
  for (const id of measureIds) {
    const estimate = bootstrapMean(rows.map((row) => row.measures[id]))
    if (!estimate) return null
    measures[id] = estimate
  }
  const own = new Map(rows.map(({ index, measures: { neuro } }) => [index, neuro]))
  const rightRows = rows.filter(({ index }) => right.has(index))
  const rightNeuro = bootstrapMean(rightRows.map((row) => row.measures.neuro))
  const gaps = rows.flatMap(({ gap }) => gap ?? [])
  const compared = comparisons({ rows, permuted })
  const alike = compared.flatMap(({ value, ...place }) =>
    value === null ? [] : { ...place, value },
  )
  const randomised = bootstrapCrossed(alike)
  return {
    id: planned.id,
    label: planned.label,
    family: planned.method.family,
    count: rows.length,
    empty: rows.filter(({ isEmpty }) => isEmpty).length,
    measures: measures as Record<MeasureId, Estimate>,
    cases: [...own].map(([index, neuro]) => ({ index, neuro })),
    right: rightNeuro && {
      neuro: rightNeuro,
      empty: rightRows.filter(({ isEmpty }) => isEmpty).length,
    },
    paired: bootstrapMean(
      twins.flatMap(({ index, neuro }) => {
        const mass = own.get(index)
        return mass === undefined ? [] : [mass - neuro]
      }),
    ),
    chance: meanOf(rows, ({ chance }) => chance),
    chanceNeuro: meanOf(rows, ({ chanceNeuro }) => chanceNeuro),
    gap: gaps.length === 0 ? null : median(gaps),
    cost: timing && costOf(timing),
    randomised,
    permutations: new Set(alike.map(({ row }) => row)).size,
    verdict: verdictOf(compared.length, randomised),
    permutedNeuro: bootstrapCrossed(permutedMasses({ rows, permuted })),
    retrained: bootstrapMean(rows.flatMap((row) => row.retrained ?? [])),
  }
}

type Compared = Pick<MethodResult, 'permuted' | 'rows'>

/**
 * One per permutation and case; null where a map is empty. The sign of a likeness says nothing here:
 * maps are magnitudes.
 */
function comparisons({ rows, permuted }: Compared): readonly (Omit<CrossedValue, 'value'> & {
  readonly value: number | null
})[] {
  const size = (likeness: number | null) => (likeness === null ? null : Math.abs(likeness))
  const first = rows.flatMap(({ index, randomised }) =>
    randomised === undefined ? [] : [{ row: FIRST_SEED, column: index, value: size(randomised) }],
  )
  const known = new Set(first.map(({ column }) => column))
  const others = permuted
    .filter(({ seed, index }) => seed !== FIRST_SEED || !known.has(index))
    .map(({ seed, index, likeness }) => ({ row: seed, column: index, value: size(likeness) }))
  return [...first, ...others]
}

/** Empty maps of permuted networks, in half of the comparisons or more, leave nothing to judge. */
function verdictOf(compared: number, randomised: Estimate | null): MethodVerdict | null {
  if (compared === 0) return null
  const isTooFew = !randomised || randomised.count < LEAST_JUDGED
  return isTooFew || randomised.count <= compared / 2 ? 'not judged' : judgeLikeness(randomised)
}

/** The network as it is, on the cases that the others were measured on, is one draw more. */
function permutedMasses({ rows, permuted }: Compared): readonly CrossedValue[] {
  const cases = new Set(permuted.map(({ index }) => index))
  const own = rows
    .filter(({ index }) => cases.has(index))
    .map(({ index, measures }) => ({ row: 0, column: index, value: measures.neuro }))
  return cases.size === 0
    ? []
    : [
        ...own,
        ...permuted.map(({ seed, index, neuro }) => ({ row: seed, column: index, value: neuro })),
      ]
}

function costOf({ seconds, forwardSeconds, machine }: TimingRow): Cost {
  const ratios = seconds.map((own, n) => own / (forwardSeconds[n] ?? Number.NaN))
  return { seconds: spread(seconds), forwards: spread(ratios), repeats: seconds.length, machine }
}

function spread(values: readonly number[]): Spread {
  const rising = Float64Array.from(values).sort()
  return {
    median: quantileOf(rising, 0.5),
    low: quantileOf(rising, 0.25),
    high: quantileOf(rising, 0.75),
  }
}

export function meanOf<Row>(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length
}

function median(values: readonly number[]): number {
  return quantileOf(Float64Array.from(values).sort(), 0.5)
}
