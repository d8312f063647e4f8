/** @file The README's table of models and methods is what was measured, all of it, and still true. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listArchitectures } from './architectures/read-architecture.ts'
import { readOutcomes } from './architectures/read-outcomes.ts'
import { renderTable, type TableEntry } from './architectures/render-table.ts'
import { drawCells } from './architectures/rotating-cells.ts'
import { smallModels } from './architectures/small-models.ts'
import { methodIds, tryMethod, withModel } from './architectures/try-method.ts'

const outcomes = readOutcomes()
const architectures = listArchitectures()
const models: readonly TableEntry[] = [...architectures, ...smallModels]

/** Full-size networks whose run is short. */
const QUICK = ['meshnet', 'mobilenet-v3-small', 'resnet18', 'sfcn', 'shufflenet-v2', 'unet-3d']

it('has every model with every exporter and method', () => {
  const readme = tableInReadme()
  for (const { label } of models) expect(readme).toContain(`| ${label} |`)
  const missing = cellsOf(models).filter(({ told }) => told === undefined)
  expect(missing.map(({ title }) => title)).toEqual([])
  expect(readme).not.toContain('Not measured.')
})

it('stands in the README as it was measured', () => {
  expect(tableInReadme()).toBe(renderTable(models, methodIds, outcomes))
})

const quick = architectures.filter(({ name }) => QUICK.includes(name))
const drawn = [
  ...drawCells(cellsOf(quick), ({ title }) => title, 4),
  ...drawCells(cellsOf(smallModels), ({ title }) => title, 16),
]

it.each(drawn)(
  'still holds: $title',
  async ({ name, exporter, method, told }) => {
    const outcome = await withModel(name, exporter, (model, inputs) =>
      tryMethod(model, inputs, method),
    )
    expect(outcome).toEqual(told)
  },
  240_000,
)

function cellsOf(entries: readonly TableEntry[]) {
  return entries.flatMap(({ name, exports }) =>
    [...new Set(exports.map(({ exporter }) => exporter))].flatMap((exporter) =>
      methodIds.map((method) => ({
        name,
        exporter,
        method,
        title: `${method} on ${name} by ${exporter}`,
        told: outcomes[name]?.[exporter]?.[method],
      })),
    ),
  )
}

function tableInReadme(): string {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const block = readme.split('<!-- architectures -->')[1]?.split('<!-- /architectures -->')[0]
  return block?.trim() ?? ''
}
