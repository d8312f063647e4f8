/** @file The README's table of architectures is what was measured, and nothing is missing from it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listArchitectures } from './architectures/read-architecture.ts'
import { readOutcomes } from './architectures/read-outcomes.ts'
import { renderTable } from './architectures/render-table.ts'
import { methodIds } from './architectures/try-method.ts'

const outcomes = readOutcomes()
const architectures = listArchitectures()

it('has every architecture; what was not measured says so', () => {
  const readme = tableInReadme()
  for (const { label } of architectures) expect(readme).toContain(`| ${label} |`)
  const missing = architectures.flatMap(({ name, exports }) =>
    [...new Set(exports.map(({ exporter }) => exporter))].flatMap((exporter) =>
      methodIds.filter((id) => outcomes[name]?.[exporter]?.[id] === undefined),
    ),
  )
  if (missing.length > 0) {
    console.log(`${missing.length} cells are not measured yet: run npm run architectures`)
    expect(readme).toContain('Not measured.')
  }
})

it('stands in the README as it was measured', () => {
  expect(tableInReadme()).toBe(renderTable(architectures, methodIds, outcomes))
})

function tableInReadme(): string {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const block = readme.split('<!-- architectures -->')[1]?.split('<!-- /architectures -->')[0]
  return block?.trim() ?? ''
}
