/**
 * @file `npm run architectures [-- --only NAME,NAME] [--methods ID,ID] [--again]`: tries every method on
 * every stored architecture (parity/fixtures/architectures) and writes the README's table. What was
 * measured before is kept (parity/fixtures/architecture-methods.json) unless --again is given.
 */

import { fork } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { root } from './project.mjs'

/** One method on one network; a process that takes longer is ended. */
const LIMIT_SECONDS = 600

const results = join(root, 'parity/fixtures/architecture-methods.json')
const readme = join(root, 'README.md')
const load = async (file) =>
  (await runnerImport(join(root, 'parity/architectures', file), { configFile: false })).module

if (process.send) {
  const [name, exporter, methods] = process.argv.slice(2)
  const { tryMethods } = await load('try-method.ts')
  await tryMethods(name, exporter, methods.split(','), (progress) => process.send(progress))
  process.exit(0)
}

const list = { type: 'string', default: '' }
const { values } = parseArgs({
  options: { only: list, methods: list, again: { type: 'boolean', default: false } },
})
const split = (text) => text.split(',').filter((part) => part !== '')
const { methodIds } = await load('try-method.ts')
const { listArchitectures } = await load('read-architecture.ts')
const { renderTable } = await load('render-table.ts')

const architectures = listArchitectures()
const outcomes = readResults()
const only = split(values.only)
const chosen = split(values.methods)

for (const { name, exports } of architectures) {
  if (only.length > 0 && !only.includes(name)) continue
  for (const exporter of new Set(exports.map((each) => each.exporter))) {
    outcomes[name] ??= {}
    outcomes[name][exporter] ??= {}
    const known = outcomes[name][exporter]
    const isDue = (id) => values.again || known[id] === undefined
    let due = (chosen.length > 0 ? chosen : methodIds).filter(isDue)
    while (due.length > 0) {
      const finished = await measure(name, exporter, due, (method, outcome) => {
        known[method] = outcome
        save((stored) => {
          stored[name] ??= {}
          stored[name][exporter] ??= {}
          stored[name][exporter][method] = outcome
        })
      })
      due = due.filter((id) => !finished.has(id))
    }
  }
}
save(() => {})
process.exit(0)

/** Tries methods in one process until it ends or hangs; the ids of those that have an outcome then. */
function measure(name, exporter, methods, report) {
  const child = fork(new URL(import.meta.url), [name, exporter, methods.join(',')])
  const finished = new Set()
  let current = methods[0]
  let timer
  const settle = (method, outcome) => {
    finished.add(method)
    console.error(`${name} ${exporter} ${method}: ${outcome === true ? 'works' : outcome}`)
    report(method, outcome)
  }
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      settle(current, `It takes more than ${LIMIT_SECONDS} s at its cheapest settings.`)
      child.kill('SIGKILL')
    }, LIMIT_SECONDS * 1000)
  }
  arm()
  child.on('message', ({ method, outcome }) => {
    current = method
    if (outcome === undefined) arm()
    else settle(method, outcome)
  })
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer)
      if (code !== 0 && !finished.has(current)) {
        settle(current, 'It ends with an error that is a defect of ours.')
      }
      resolve(finished)
    })
  })
}

function readResults() {
  return existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {}
}

/**
 * Changes what is stored now, not what was read at the start: two runs may share the networks
 * among them. Sorted, without methods and networks that are gone.
 */
function save(change) {
  const stored = readResults()
  change(stored)
  const pick = (record, keys) =>
    Object.fromEntries(
      keys.filter((key) => record?.[key] !== undefined).map((key) => [key, record[key]]),
    )
  const kept = Object.fromEntries(
    architectures.map(({ name, exports }) => [
      name,
      Object.fromEntries(
        [...new Set(exports.map(({ exporter }) => exporter))].map((exporter) => [
          exporter,
          pick(stored[name]?.[exporter], methodIds),
        ]),
      ),
    ]),
  )
  writeFileSync(results, `${JSON.stringify(kept, null, 1)}\n`)
  writeTable(kept)
}

function writeTable(stored) {
  const [start, end] = ['<!-- architectures -->', '<!-- /architectures -->']
  const text = readFileSync(readme, 'utf8')
  const [before, rest] = text.split(start)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`README.md lacks ${start} and ${end}`)
  const table = renderTable(architectures, methodIds, stored)
  writeFileSync(readme, `${before}${start}\n\n${table}\n\n${end}${after}`)
}
