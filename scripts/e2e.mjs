/** @file `npm run e2e [-- PLAYWRIGHT ARGS]`: the browser tests alone, on a fresh build. */

import { bin, buildCli, buildPage, ensureInstalled, run } from './project.mjs'

ensureInstalled()
buildPage()
buildCli()
const { ensureChromium } = await import('./chromium.mjs')
const env = { SALISCOPE_CHROMIUM: await ensureChromium() }
const args = [
  bin('@playwright/test', 'cli.js'),
  'test',
  '--reporter=list',
  ...process.argv.slice(2),
]
process.exit(run(process.execPath, args, { env }))
