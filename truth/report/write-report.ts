/** @file Puts the report where people and the page look for it. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allNumbers } from './all-numbers.ts'
import { pageSummary } from './page-summary.ts'
import { type TruthReport, truthDocument } from './truth-document.ts'
import { truthFigure } from './truth-figure.ts'

/** Fewer cases are no result. */
export const LEAST_CASES = 50

export function writeReport(root: string, report: TruthReport): readonly string[] {
  const { tasks, cases, date } = report
  const files = {
    'docs/truth.json': allNumbers(report),
    'docs/truth.md': truthDocument(report),
    'docs/truth.svg': truthFigure(tasks),
    'public/cases/truth.json': `${JSON.stringify(pageSummary(tasks, cases, date))}\n`,
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
  return Object.keys(files)
}
