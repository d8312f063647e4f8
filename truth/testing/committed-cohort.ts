/** @file The committed settings and templates, for tests. */

import { readFileSync } from 'node:fs'
import { createCohort } from '../cohort/cohort.ts'
import { parseCohortConfig } from '../cohort/config.ts'
import { readTemplate, type Template } from '../cohort/template.ts'

const root = new URL('../../', import.meta.url)
const templates = new Map<string, Template>()

/** Read once. */
export function loadTemplate(name: string): Template {
  const file = new URL(`truth/templates/${name}.nii.gz`, root)
  const template = templates.get(name) ?? readTemplate(new Uint8Array(readFileSync(file)), name)
  templates.set(name, template)
  return template
}

export function loadConfig(id: string) {
  return parseCohortConfig(readFileSync(new URL(`training/configs/${id}.json`, root), 'utf8'))
}

export const testCohort = createCohort(loadTemplate, 16)
