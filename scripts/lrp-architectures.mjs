/**
 * @file `npm run architectures:lrp [-- --only NAME,NAME] [--composites ID,ID] [--again]`: runs every LRP
 * composite on stored architectures and writes the table of docs/lrp-architectures.md. What was
 * measured before is kept (parity/fixtures/lrp-architectures.json) unless --again is given.
 */

import { fork } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { root } from './project.mjs'

/** One composite on one network; a process that takes longer is ended. */
const LIMIT_SECONDS = 180

/** Every kind of network: plain, residual, dense, inception, shuffled, U-shaped, transformers. */
const networks = [
  'resnet50',
  'densenet121-3d',
  'inception-v3',
  'inception-resnet-v2',
  's3d',
  'shufflenet-v2',
  'mobilenet-v3-large',
  'efficientnet-b0',
  'convnext-tiny',
  'unet-3d',
  'basic-unet-3d',
  'basic-unet-plus-plus-3d',
  'nnunet-residual-3d',
  'segresnet-3d',
  'unetr',
  'vit-b-16',
  'swin-t',
  'maxvit-t',
  'vgg16-bn',
]

const results = join(root, 'parity/fixtures/lrp-architectures.json')
const document = join(root, 'docs/lrp-architectures.md')
const load = async (file) =>
  (await runnerImport(join(root, 'parity/architectures', file), { configFile: false })).module

if (process.send) {
  const [name, chosen] = process.argv.slice(2)
  const { tryComposites } = await load('try-composites.ts')
  await tryComposites(name, 'torchscript', chosen.split(','), (each) => process.send(each))
  process.exit(0)
}

const list = { type: 'string', default: '' }
const { values } = parseArgs({
  options: { only: list, composites: list, again: { type: 'boolean', default: false } },
})
const split = (text) => text.split(',').filter((part) => part !== '')
const { composites } = await load('try-composites.ts')
const { renderLrpTable } = await load('render-lrp-table.ts')
const { listArchitectures } = await load('read-architecture.ts')

const labels = new Map(listArchitectures().map(({ name, label }) => [name, label]))
const outcomes = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {}
const only = split(values.only)
const chosen = split(values.composites)

for (const name of only.length > 0 ? only : networks) {
  if (!labels.has(name)) throw new Error(`there is no stored architecture '${name}'`)
  outcomes[name] ??= {}
  const isDue = (id) => values.again || outcomes[name][id] === undefined
  let due = (chosen.length > 0 ? chosen : composites).filter(isDue)
  while (due.length > 0) {
    const finished = await measure(name, due, ({ composite, ...outcome }) => {
      outcomes[name][composite] = outcome
      save()
    })
    due = due.filter((id) => !finished.has(id))
  }
}
save()
process.exit(0)

/** Tries composites in one process until it ends or hangs; the ids of those that have an outcome then. */
function measure(name, due, report) {
  const child = fork(new URL(import.meta.url), [name, due.join(',')])
  const finished = new Set()
  let current = due[0]
  let timer
  const settle = (outcome) => {
    finished.add(outcome.composite)
    console.error(name, JSON.stringify(outcome))
    report(outcome)
  }
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      settle({ composite: current, refusal: `It takes more than ${LIMIT_SECONDS} s.` })
      child.kill('SIGKILL')
    }, LIMIT_SECONDS * 1000)
  }
  arm()
  child.on('message', ({ isStart, ...outcome }) => {
    current = outcome.composite
    if (isStart) arm()
    else settle(outcome)
  })
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer)
      if (code !== 0 && !finished.has(current)) {
        settle({ composite: current, refusal: 'It ends with an error that is a defect of ours.' })
      }
      resolve(finished)
    })
  })
}

function save() {
  const kept = Object.fromEntries(
    networks
      .filter((name) => outcomes[name])
      .map((name) => [
        name,
        Object.fromEntries(
          composites.filter((id) => outcomes[name][id]).map((id) => [id, outcomes[name][id]]),
        ),
      ]),
  )
  writeFileSync(results, `${JSON.stringify(kept, null, 1)}\n`)
  const [start, end] = ['<!-- lrp -->', '<!-- /lrp -->']
  const text = readFileSync(document, 'utf8')
  const [before, rest] = text.split(start)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/lrp-architectures.md lacks ${start} and ${end}`)
  writeFileSync(document, `${before}${start}\n\n${renderLrpTable(kept, labels)}\n\n${end}${after}`)
}
