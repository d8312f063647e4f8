/** @file `saliscope methods`: what can be computed, with which options. */

import type { AnyMethod } from '../../core/attribution/method.ts'
import { attributionMethods } from '../../core/attribution/methods.ts'
import type { OptionSpec } from '../../core/options.ts'
import { readArguments } from '../arguments.ts'
import { columns, printJson, printLines } from '../print.ts'

export function listMethods(args: readonly string[]): void {
  const { has } = readArguments('methods', args, { flags: ['json'] })
  if (has('json')) printJson({ methods: attributionMethods.map(describeMethod) })
  else
    printLines(columns(attributionMethods.map(({ id, family, summary }) => [id, family, summary])))
}

function describeMethod({
  id,
  family,
  label,
  summary,
  strengths,
  limits,
  options,
  needs,
  citation,
}: AnyMethod) {
  const words = { summary, strengths, limits }
  return { id, family, label, ...words, options: describeOptions(options), needs, citation }
}

/** Every option with its kind, bounds, default and help. */
export function describeOptions(spec: OptionSpec) {
  return Object.entries(spec).map(([name, option]) => ({ name, ...option }))
}
