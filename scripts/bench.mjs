/**
 * @file `npm run bench [-- --quick] [--node] [--page] [--only METHOD,METHOD] [--json FILE]`: times
 * forward runs, methods, memory, the threshold slider and the demo's first map; docs/bench.md says
 * what each number is. --node and --page choose one side; --only leaves all but these methods out.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildBench, serve } from './bench-page.mjs'
import { buildPage, ensureInstalled, must, root } from './project.mjs'

const options = readOptions()
const folder = join(root, 'node_modules/.cache/saliscope/bench')
const quiet = { stdio: ['ignore', process.stderr, process.stderr] }

ensureInstalled()
mkdirSync(folder, { recursive: true })
buildBench('the Node part', ['--mode', 'node'])

const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} cores, ${type()} ${release()}, Node ${process.version}`,
  isQuick: options.isQuick,
  ...(options.node && { node: measureNode() }),
  ...(options.page && { page: await measurePage() }),
}
const { printTable } = await import('../bench/table.mjs')
console.log(
  `3-D ResNet-18 of width 16 on 96 x 96 x 96, random weights; ${report.date}, ${report.machine}`,
)
console.log('Ratios are time / (samples x forward or gradient): median (of the smallest times).\n')
console.log(printTable(report))
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
process.exit(0)

function readOptions() {
  const flag = { type: 'boolean', default: false }
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'string' },
        node: flag,
        only: { type: 'string', default: '' },
        page: flag,
        quick: flag,
      },
    })
    const isBoth = values.node === values.page
    return {
      isQuick: values.quick,
      node: isBoth || values.node,
      page: isBoth || values.page,
      only: values.only.split(',').filter((id) => id !== ''),
      json: values.json && resolve(process.env.INIT_CWD ?? '.', values.json),
    }
  } catch (error) {
    console.error(
      `${error.message}\nnpm run bench -- [--quick] [--node] [--page] [--only METHODS] [--json FILE]`,
    )
    process.exit(2)
  }
}

/** One part in a process of its own. */
function nodePart(part, place, ...args) {
  must(
    'The measurement',
    process.execPath,
    [join(folder, 'node/node.js'), part, place, ...args],
    quiet,
  )
}

function measureNode() {
  const speed = options.isQuick ? 'quick' : 'full'
  const read = (part, args) => {
    const file = join(folder, `${part}.json`)
    nodePart(part, file, speed, ...args)
    return JSON.parse(readFileSync(file, 'utf8'))
  }
  return { ...read('slider', []), ...read('methods', options.only) }
}

async function measurePage() {
  buildBench('the page', [])
  buildPage()
  const cases = join(folder, 'case')
  nodePart('files', cases)
  const { ensureChromium } = await import('./chromium.mjs')
  const { launchChromium, openPage, peakRendererBytes } = await import('../bench/browser.mjs')
  const { measureFirstMaps } = await import('../bench/first-map.mjs')
  const { watchWasmMemory } = await import('../bench/wasm-memory.mjs')
  const { measurePageSlider } = await import('../bench/page-slider.mjs')
  const executable = await ensureChromium()
  const settings = { isQuick: options.isQuick }

  /** A browser of its own for each part: the parts do not share memory or caches. */
  const withBrowser = async (measure) => {
    const browser = await launchChromium(executable)
    try {
      return await measure(browser)
    } finally {
      await browser.close()
    }
  }
  const bench = await serve('vite.bench.config.ts')
  const measured = await withBrowser(async (browser) => {
    const page = await openPage(browser)
    const readWasmBytes = await watchWasmMemory(page)
    page.on('console', (message) => {
      if (message.type() === 'info') console.error(`  page: ${message.text()}`)
    })
    await page.goto(`${bench.address}bench/page.html`)
    await page.waitForFunction(() => globalThis.saliscopeBench)
    const isIsolated = await page.evaluate(() => saliscopeBench.isIsolated)
    if (!isIsolated) throw new Error('the page is not cross-origin isolated: threads would be off')
    const slider = await page.evaluate((given) => saliscopeBench.slider(given), settings)
    const methods = await page.evaluate(
      ([given, only]) => saliscopeBench.methods(given, only),
      [settings, options.only],
    )
    const rendererPeakBytes = await peakRendererBytes(browser)
    const wasmBytes = await readWasmBytes()
    return { slider, methods, rendererPeakBytes, wasmBytes, browser: browser.version() }
  })
  await bench.close()

  const product = await serve('vite.config.ts')
  const attempt = async (what, measure) => {
    try {
      return await withBrowser(measure)
    } catch (error) {
      console.error(`  page: ${what} could not be measured: ${error.message}`)
      process.exitCode = 1
      return undefined
    }
  }
  const times = options.isQuick ? 3 : 5
  const firstMaps = await attempt('the first map', (browser) =>
    measureFirstMaps(browser, product.address, times),
  )
  const moves = await attempt('the slider', (browser) =>
    measurePageSlider(browser, product.address, cases, options.isQuick ? 10 : 30),
  )
  await product.close()
  return {
    ...measured,
    ...(firstMaps && { firstMapMs: timing(firstMaps) }),
    ...(moves && {
      pageSlider: {
        moves: moves.length,
        numbers: timing(moves.map(({ numbersMs }) => numbersMs)),
        frame: timing(moves.map(({ frameMs }) => frameMs)),
      },
    }),
  }
}

function timing(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return { medianMs: sorted[sorted.length >> 1], minMs: sorted[0], maxMs: sorted.at(-1) }
}
