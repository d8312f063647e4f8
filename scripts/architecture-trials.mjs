/**
 * @file Trials on stored architectures (parity/architectures), each in a process that may hang or die:
 * what `architecture-table.mjs` and `lrp-architectures.mjs` share. The script that starts a trial is
 * its child's script too: there `isChild` is true.
 */

import { fork } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { root } from './project.mjs'

export const isChild = process.send !== undefined

/** A module of parity/architectures. */
export async function load(file) {
  const path = join(root, 'parity/architectures', file)
  return (await runnerImport(path, { configFile: false })).module
}

/** `--only NAME,NAME`, `--again`, and the list that `what` names. */
export function readOptions(what) {
  const list = { type: 'string', default: '' }
  const options = { only: list, [what]: list, again: { type: 'boolean', default: false } }
  const { values } = parseArgs({ options })
  const split = (text) => text.split(',').filter((part) => part !== '')
  return { only: split(values.only), chosen: split(values[what]), again: values.again }
}

/** In the child: trial `id` begins, or is over with this outcome. */
export function tell(id, outcome) {
  process.send({ id, outcome })
}

/**
 * Tries `ids` in a child, and those that are left in another one where it hangs or dies; `report` gets
 * the outcome of each. What ends a trial early is `refused(sentence)`.
 * @param script address of the script, `args` go before the ids.
 * @param limit seconds a trial may take, and the sentence for one that takes longer.
 */
export async function tryAll({ script, args, ids, limit, refused, report }) {
  let due = ids
  while (due.length > 0) {
    const finished = await tryInChild({ script, args, ids: due, limit, refused, report })
    due = due.filter((id) => !finished.has(id))
  }
}

/** The ids that have an outcome when the child has ended. */
function tryInChild({ script, args, ids, limit, refused, report }) {
  const child = fork(new URL(script), [...args, ids.join(',')])
  const finished = new Set()
  let current = ids[0]
  let timer
  const settle = (id, outcome) => {
    finished.add(id)
    console.error([...args, id].join(' '), JSON.stringify(outcome))
    report(id, outcome)
  }
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      settle(current, refused(limit.sentence))
      child.kill('SIGKILL')
    }, limit.seconds * 1000)
  }
  arm()
  child.on('message', ({ id, outcome }) => {
    current = id
    if (outcome === undefined) arm()
    else settle(id, outcome)
  })
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer)
      if (code !== 0 && !finished.has(current))
        settle(current, refused('It ends with an error that is a defect of ours.'))
      resolve(finished)
    })
  })
}

export function readResults(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

export function writeResults(path, results) {
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`)
}

/** The entries of `record` that `keys` names, in their order. */
export function pick(record, keys) {
  const known = keys.filter((key) => record?.[key] !== undefined)
  return Object.fromEntries(known.map((key) => [key, record[key]]))
}

/** Replaces what a document has between <!-- mark --> and <!-- /mark -->. */
export function writeBetween(document, mark, text) {
  const [start, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`]
  const [before, rest] = readFileSync(document, 'utf8').split(start)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`${relative(root, document)} lacks ${start} and ${end}`)
  writeFileSync(document, `${before}${start}\n\n${text}\n\n${end}${after}`)
}
