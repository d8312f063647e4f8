/**
 * @file `npm run bench:peers [-- --quick] [--node] [--page] [--networks A,B] [--only METHOD,METHOD]
 * [--json FILE]`: our time over captum's or zennit's, in Node and in the page, on the same machine with the
 * same number of threads. SALISCOPE_PYTHON names the Python (else python3); docs/bench.md says more.
 */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exportNetworks, missingFrom, openPython } from '../bench/peer-python.mjs'
import { printPeers } from '../bench/peer-table.mjs'
import { buildBench, serve } from './bench-page.mjs'
import { ensureInstalled, root } from './project.mjs'

const THREADS = 2
const options = readOptions()
const python = process.env.SALISCOPE_PYTHON ?? 'python3'
const missing = missingFrom(python)
if (missing) {
  console.error(
    `This comparison needs a Python with torch, captum, zennit and onnx, but ${missing}. ` +
      'Set SALISCOPE_PYTHON to one that has them (parity/requirements.txt names versions).',
  )
  process.exit(2)
}

ensureInstalled()
const { runnerImport } = await import('vite')
const subjectFile = join(root, 'bench/peer-subject.ts')
const { module: ours } = await runnerImport(subjectFile, { configFile: false })
const folder = join(root, 'node_modules/.cache/saliscope/bench/peers')
mkdirSync(folder, { recursive: true })
console.error('Making the networks...')
const shapes = exportNetworks(python, folder)
const steps = options.isQuick ? 10 : 50
const samples = options.isQuick ? 5 : 25
/** `amount` is what the Python side gets, `rounds` how often both sides run. */
const workloads = [
  { id: 'gradient', by: 'captum', amount: 1, options: {}, rounds: 5 },
  { id: 'integrated-gradients', by: 'captum', amount: steps, options: { steps }, rounds: 1 },
  { id: 'smoothgrad', by: 'captum', amount: samples, options: { samples }, rounds: 1 },
  { id: 'grad-cam', by: 'captum', amount: 1, options: {}, rounds: 5 },
  { id: 'deeplift', by: 'captum', amount: 1, options: {}, rounds: 3 },
  { id: 'lrp', by: 'zennit', amount: 1, options: { composite: 'epsilon-plus' }, rounds: 3 },
].filter(({ id }) => ours.hasMethod(id) && (options.only.length === 0 || options.only.includes(id)))

const results = []
const networks = Object.keys(shapes).filter(
  (name) => options.networks.length === 0 || options.networks.includes(name),
)
for (const network of networks) {
  if (options.node) {
    const file = join(folder, `${network}.onnx`)
    const subject = await ours.openPeerSubject(file, shapes[network], THREADS)
    await compare(network, 'Node', subject)
    await subject.close()
  }
}
if (options.page)
  await withPage(async (subjectOf) => {
    for (const network of networks) await compare(network, 'page', await subjectOf(network))
  })

const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} cores, ${type()} ${release()}, Node ${process.version}`,
  threads: THREADS,
  isQuick: options.isQuick,
  results,
}
console.log(`Our time over captum's or zennit's; ${report.date}, ${report.machine}`)
console.log('Ratios: median of the rounds (smallest time over smallest time).\n')
console.log(printPeers(results))
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
process.exit(0)

/** Both sides in turn, after one run of each that is not counted. */
async function compare(network, where, subject) {
  const other = openPython(python, network, THREADS)
  for (const { id, by, amount, options: given, rounds } of workloads) {
    const few = { ...given, ...(given.steps && { steps: 1 }), ...(given.samples && { samples: 1 }) }
    const firstMs = await subject.run(id, few)
    await other.run(id, given.steps || given.samples ? 2 : amount)
    const own = []
    const theirs = []
    for (let round = 0; round < rounds; round++) {
      own.push(await subject.run(id, given))
      theirs.push(await other.run(id, amount))
    }
    const ratios = own.map((ms, i) => ms / theirs[i]).sort((a, b) => a - b)
    const result = {
      network,
      where,
      provider: subject.provider,
      method: id,
      amount,
      by,
      rounds,
      firstMs,
      ourMs: Math.min(...own),
      theirMs: Math.min(...theirs),
      ratio: ratios[ratios.length >> 1],
      ratioOfMinima: Math.min(...own) / Math.min(...theirs),
    }
    results.push(result)
    console.error(`  ${network}, ${where}: ${id} ${result.ratio.toFixed(2)}`)
  }
  other.close()
}

async function withPage(use) {
  buildBench('the page', [])
  const { ensureChromium } = await import('./chromium.mjs')
  const { launchChromium, openPage } = await import('../bench/browser.mjs')
  const browser = await launchChromium(await ensureChromium())
  const { address, close } = await serve('vite.bench.config.ts')
  const served = join(root, 'node_modules/.cache/saliscope/bench/page')
  await use(async (network) => {
    const page = await openPage(browser)
    copyFileSync(join(folder, `${network}.onnx`), join(served, 'peer.onnx'))
    await page.goto(`${address}bench/page.html`)
    await page.waitForFunction(() => globalThis.saliscopeBench)
    const provider = await page.evaluate(
      ([url, dims]) => saliscopeBench.openPeer(url, dims),
      [`${address}peer.onnx`, shapes[network]],
    )
    const run = (id, given) =>
      page.evaluate(([method, values]) => saliscopeBench.peer(method, values), [id, given])
    return { provider, run }
  })
  await browser.close()
  await close()
}

function readOptions() {
  const flag = { type: 'boolean', default: false }
  const list = { type: 'string', default: '' }
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'string' },
        networks: list,
        node: flag,
        only: list,
        page: flag,
        quick: flag,
      },
    })
    const isBoth = values.node === values.page
    const split = (text) => text.split(',').filter((part) => part !== '')
    return {
      isQuick: values.quick,
      node: isBoth || values.node,
      page: isBoth || values.page,
      networks: split(values.networks),
      only: split(values.only),
      json: values.json && resolve(process.env.INIT_CWD ?? '.', values.json),
    }
  } catch (error) {
    console.error(
      `${error.message}\nnpm run bench:peers -- [--quick] [--node] [--page] [--networks NAMES] [--only METHODS] [--json FILE]`,
    )
    process.exit(2)
  }
}
