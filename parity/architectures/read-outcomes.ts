import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcomes } from './render-table.ts'

/** What `npm run architectures` measured. */
export function readOutcomes(): Outcomes {
  const file = join(import.meta.dirname, '../fixtures/architecture-methods.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}
