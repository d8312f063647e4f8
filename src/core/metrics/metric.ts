/** @file What a metric is. This family: localisation, a map against a truth mask. */

import type { OptionSpec, OptionValues } from '../options.ts'

export type MetricFamily =
  | 'axioms'
  | 'complexity'
  | 'faithfulness'
  | 'localisation'
  | 'randomisation'
  | 'robustness'

/** The map after sign handling, on the same grid as the truth. */
export interface LocalisationInput {
  /** Sign already handled: magnitude, positive part or signed as chosen. */
  readonly map: Float32Array
  /** 1 inside the truth, else 0. */
  readonly truth: Uint8Array
  /** 1 where voxels count; absent = everywhere. */
  readonly evaluation?: Uint8Array
  /** Grid, slowest axis first, as in a tensor: (d, h, w), (h, w) or any rank; product = map.length. */
  readonly dims: readonly number[]
  /** Millimetres between neighbours along each of `dims`; absent = 1 each and said so. */
  readonly spacingMm?: readonly number[]
}

export type Score =
  | {
      readonly kind: 'value'
      readonly value: number
      /** The score of a map that knows nothing, where the metric has one. */
      readonly chance?: number
      /** Named companions: the threshold of best-dice, the position of the maximum... */
      readonly details?: Readonly<Record<string, number>>
    }
  /** Why it cannot be computed, as a sentence. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface Metric<Spec extends OptionSpec = OptionSpec> {
  readonly id: string
  /** Short, plain: "Mass in truth". */
  readonly label: string
  /** The field's name: "Relevance mass accuracy". */
  readonly title: string
  readonly family: MetricFamily
  readonly better: 'higher' | 'lower'
  /** '' for a share or a ratio, 'mm', 'voxels'. */
  readonly unit: string
  /** One sentence. */
  readonly definition: string
  readonly formula: string
  readonly citation: { readonly text: string; readonly url: string }
  readonly needs: readonly ('map' | 'method' | 'model' | 'truth')[]
  readonly options: Spec
  evaluate(input: LocalisationInput, options: OptionValues<Spec>): Score
}

export type AnyMetric = Metric<OptionSpec>

export function defineMetric<const Spec extends OptionSpec>(metric: Metric<Spec>): Metric<Spec> {
  return metric
}
