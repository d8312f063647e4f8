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

it('has every architecture, exporter and method', () => {
  const missing = architectures.flatMap(({ name, exports }) =>
    [...new Set(exports.map(({ exporter }) => exporter))].flatMap((exporter) =>
      methodIds
        .filter((id) => outcomes[name]?.[exporter]?.[id] === undefined)
        .map((id) => `${name} ${exporter} ${id}`),
    ),
  )
  expect(missing, 'run npm run architectures').toEqual([])
})

it('stands in the README as it was measured', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const block = readme.split('<!-- architectures -->')[1]?.split('<!-- /architectures -->')[0]
  expect(block?.trim()).toBe(renderTable(architectures, methodIds, outcomes))
})
