/**
 * @file `npm run architectures [-- --only NAME,NAME] [--methods ID,ID] [--again]`: tries every method on
 * every stored architecture (parity/fixtures/architectures) and on the small models of other kinds
 * (parity/architectures/small-models.ts), and writes the README's table. What was
 * measured before is kept (parity/fixtures/architecture-methods.json) unless --again is given.
 */

import { join } from 'node:path'
import {
  isChild,
  load,
  pick,
  readOptions,
  readResults,
  tell,
  tryAll,
  writeBetween,
  writeResults,
} from './architecture-trials.mjs'
import { root } from './project.mjs'

/** One method on one network; a process that takes longer is ended. */
const LIMIT_SECONDS = 1200

const results = join(root, 'parity/fixtures/architecture-methods.json')
const readme = join(root, 'README.md')

if (isChild) {
  const [name, exporter, methods] = process.argv.slice(2)
  const { tryMethods } = await load('try-method.ts')
  await tryMethods(name, exporter, methods.split(','), ({ method, outcome }) =>
    tell(method, outcome),
  )
  process.exit(0)
}

const { only, chosen, again } = readOptions('methods')
const { methodIds } = await load('try-method.ts')
const { listArchitectures } = await load('read-architecture.ts')
const { smallModels } = await load('small-models.ts')
const { renderTable } = await load('render-table.ts')

const models = [...listArchitectures(), ...smallModels]
const outcomes = readResults(results)

for (const { name, exports } of models) {
  if (only.length > 0 && !only.includes(name)) continue
  for (const exporter of new Set(exports.map((each) => each.exporter))) {
    const known = outcomes[name]?.[exporter]
    const isDue = (id) => again || known?.[id] === undefined
    await tryAll({
      script: import.meta.url,
      args: [name, exporter],
      ids: (chosen.length > 0 ? chosen : methodIds).filter(isDue),
      limit: {
        seconds: LIMIT_SECONDS,
        sentence: `It takes more than ${LIMIT_SECONDS} s at its cheapest settings.`,
      },
      refused: (sentence) => sentence,
      report: (method, outcome) =>
        save((stored) => {
          stored[name] ??= {}
          stored[name][exporter] ??= {}
          stored[name][exporter][method] = outcome
        }),
    })
  }
}
save(() => {})
process.exit(0)

/**
 * Changes what is stored now, not what was read at the start: two runs may share the networks
 * among them. Sorted, without methods and networks that are gone.
 */
function save(change) {
  const stored = readResults(results)
  change(stored)
  const kept = {}
  for (const { name, exports } of models) {
    kept[name] = {}
    for (const { exporter } of exports)
      kept[name][exporter] = pick(stored[name]?.[exporter], methodIds)
  }
  writeResults(results, kept)
  writeBetween(readme, 'architectures', renderTable(models, methodIds, kept))
}
