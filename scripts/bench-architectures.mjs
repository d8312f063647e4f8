/**
 * @file `npm run bench:architectures [-- --only NAME,NAME] [--seconds N] [--json FILE]`: compile time,
 * gradient time in forward runs and memory of every stored architecture (parity/fixtures/architectures),
 * each in a process of its own; docs/bench.md says what each number is.
 */

import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureInstalled, root } from './project.mjs'

if (!process.send) ensureInstalled()
const { runnerImport } = await import('vite')
const load = async (file) => (await runnerImport(join(root, file), { configFile: false })).module

if (process.send) {
  const [name, seconds] = process.argv.slice(2)
  const { measureArchitecture } = await load('bench/measure-architecture.ts')
  const settings = { seconds: Number(seconds), mostRounds: 60 }
  const report = await measureArchitecture(name, settings)
  process.send(report, () => process.exit(0))
} else {
  const options = readOptions()
  const { architectureNames } = await load('bench/measure-architecture.ts')
  const { printArchitectures } = await import('../bench/architecture-table.mjs')
  const names = architectureNames().filter(
    (name) => options.only.length === 0 || options.only.includes(name),
  )
  const networks = []
  for (const name of names) {
    const began = Date.now()
    const report = await measure(name, options.seconds)
    console.error(
      report
        ? `  ${name}: ${report.perForward.median.toFixed(2)} forwards, ${Math.round((Date.now() - began) / 1000)} s`
        : `  ${name}: could not be measured`,
    )
    if (report) networks.push(report)
    else process.exitCode = 1
  }
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} cores, ${type()} ${release()}, Node ${process.version}`
  console.log(`Gradients of one logit, batch 1, random weights; ${date}, ${machine}`)
  console.log('Ratios: median of the rounds (smallest over smallest).\n')
  console.log(printArchitectures(networks))
  if (options.json) {
    writeFileSync(options.json, `${JSON.stringify({ date, machine, networks }, null, 2)}\n`)
  }
}

function measure(name, seconds) {
  return new Promise((settle) => {
    let report
    const child = fork(import.meta.filename, [name, String(seconds)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (message) => {
      report = message
    })
    child.on('exit', () => settle(report))
  })
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'string' },
        only: { type: 'string', default: '' },
        seconds: { type: 'string', default: '6' },
      },
    })
    return {
      only: values.only.split(',').filter((name) => name !== ''),
      seconds: Number(values.seconds),
      json: values.json && resolve(process.env.INIT_CWD ?? '.', values.json),
    }
  } catch (error) {
    console.error(
      `${error.message}\nnpm run bench:architectures -- [--only NAMES] [--seconds N] [--json FILE]`,
    )
    process.exit(2)
  }
}
