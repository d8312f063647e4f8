/** @file One sorted table per input, shared by all metrics that rank. */

import { buildLocalisationTable } from './build-localisation-table.ts'
import type { LocalisationTable } from './localisation-table.ts'
import type { LocalisationInput } from './metric.ts'

const tables = new WeakMap<LocalisationInput, LocalisationTable>()

/** The sorted table of an input; made once, however many metrics ask for it. */
export function tableOf(input: LocalisationInput): LocalisationTable {
  const known = tables.get(input)
  if (known) return known
  const table = buildLocalisationTable(input.map, input.truth, input.evaluation ?? null)
  tables.set(input, table)
  return table
}
