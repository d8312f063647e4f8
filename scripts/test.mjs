/**
 * @file `npm test`: installs what it needs, then checks, unit and parity tests, and the page in a real Chromium.
 * The last line is `N passed, N failed, N skipped`.
 */

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bin, buildCli, buildPage, ensureInstalled, root, run } from './project.mjs'

ensureInstalled()
const total = { passed: 0, failed: 0, skipped: 0 }
const reports = join(root, 'node_modules/.cache/saliscope/reports')
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const node = (script, args, options) => run(process.execPath, [script, ...args], options)
const readReport = (name) => JSON.parse(readFileSync(join(reports, name), 'utf8'))

function count(what, counted) {
  for (const key of Object.keys(total)) total[key] += counted[key]
  console.log(
    `${what}: ${counted.passed} passed, ${counted.failed} failed, ${counted.skipped} skipped\n`,
  )
}

/** A runner that ends without a report has failed, whatever it printed. */
function countReport(what, status, read) {
  let counted
  try {
    counted = read()
  } catch {
    counted = { passed: 0, failed: 1, skipped: 0 }
  }
  if (status !== 0 && counted.failed === 0) counted = { ...counted, failed: 1 }
  count(what, counted)
}

for (const script of ['lint', 'types', 'imports', 'unused']) {
  const failed = run('npm', ['run', '--silent', script]) === 0 ? 0 : 1
  count(`check: ${script}`, { passed: 1 - failed, failed, skipped: 0 })
}

buildPage()
buildCli()

const unitReport = join(reports, 'unit.json')
const unit = node(bin('vitest', 'vitest.mjs'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${unitReport}`,
])
countReport('unit and parity tests', unit, () => {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readReport('unit.json')
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
})

const { ensureChromium } = await import('./chromium.mjs')
const chromium = await ensureChromium()
const browser = node(bin('@playwright/test', 'cli.js'), ['test'], {
  env: {
    SALISCOPE_CHROMIUM: chromium,
    PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, 'e2e.json'),
  },
})
countReport('the page in Chromium', browser, () => {
  const { expected, unexpected, flaky, skipped } = readReport('e2e.json').stats
  return { passed: expected + flaky, failed: unexpected, skipped }
})

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
