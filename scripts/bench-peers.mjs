/**
 * @file `npm run bench:peers [-- --quick] [--node] [--page] [--networks A,B] [--only METHOD,METHOD]
 * [--threads N] [--json FILE]`: our time over captum's or zennit's, in Node and in the page, on the same machine with the
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
    const subject = await ours.openPeerSubject(file, shapes[network], options.threads)
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
  threads: options.threads,
  isQuick: options.isQuick,
  results,
}
console.log(`Our time over captum's or zennit's; ${report.date}, ${report.machine}`)
console.log(
  'Ratios: median of the rounds (smallest time over smallest time). Processor: of both processes, all threads.\n',
)
console.log(printPeers(results))
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
process.exit(0)

/** Both sides in turn, after one run of each that is not counted. */
async function compare(network, where, subject) {
  const other = openPython(python, network, options.threads)
  for (const { id, by, amount, options: given, rounds } of workloads) {
    const few = { ...given, ...(given.steps && { steps: 1 }), ...(given.samples && { samples: 1 }) }
    const first = await subject.run(id, few)
    await other.run(id, given.steps || given.samples ? 2 : amount)
    const own = []
    const theirs = []
    for (let round = 0; round < rounds; round++) {
      own.push(await subject.run(id, given))
      theirs.push(await other.run(id, amount))
    }
    const time = compareTimes(own, theirs, 'ms')
    // In the page nobody tells what the processor spent.
    const cpu = own[0].cpuMs === null ? null : compareTimes(own, theirs, 'cpuMs')
    const result = {
      network,
      where,
      provider: subject.provider,
      method: id,
      amount,
      by,
      rounds,
      firstMs: first.ms,
      ourMs: time.ours,
      theirMs: time.theirs,
      ratio: time.ratio,
      ratioOfMinima: time.ratioOfMinima,
      cpu,
    }
    results.push(result)
    console.error(`  ${network}, ${where}: ${id} ${result.ratio.toFixed(2)}`)
  }
  other.close()
}

/** Smallest times of both sides, and the median of the rounds' ratios. */
function compareTimes(own, theirs, key) {
  const ratios = own.map((run, i) => run[key] / theirs[i][key]).sort((a, b) => a - b)
  const ours = Math.min(...own.map((run) => run[key]))
  const others = Math.min(...theirs.map((run) => run[key]))
  return { ours, theirs: others, ratio: ratios[ratios.length >> 1], ratioOfMinima: ours / others }
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
    const run = async (id, given) => ({
      ms: await page.evaluate(
        ([method, values]) => saliscopeBench.peer(method, values),
        [id, given],
      ),
      cpuMs: null,
    })
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
        threads: { type: 'string', default: '2' },
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
      threads: Number(values.threads),
      json: values.json && resolve(process.env.INIT_CWD ?? '.', values.json),
    }
  } catch (error) {
    console.error(
      `${error.message}\nnpm run bench:peers -- [--quick] [--node] [--page] [--networks NAMES] [--only METHODS] [--threads N] [--json FILE]`,
    )
    process.exit(2)
  }
}
