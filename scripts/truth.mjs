/**
 * @file `npm run truth [-- --tasks A,B --methods M,N --parts P,Q --cases N --jobs N --json FILE --quick
 * --stored --timing]`:
 * every method against the known truth of held-out cases, generated on the spot. What is measured is
 * kept in node_modules/.cache/saliscope/truth/results.jsonl: a run that was stopped goes on where it
 * was. Writes docs/truth.md, .svg and .json and public/cases/truth.json when everything was measured,
 * or with --stored from whatever was.
 */

import { join } from 'node:path'
import { bin, ensureInstalled, must, root, run } from './project.mjs'

const folder = join(root, 'node_modules/.cache/saliscope/truth')
const vite = bin('vite', 'bin/vite.js')

ensureInstalled()
must(
  'The build',
  process.execPath,
  [vite, 'build', '--config', 'vite.truth.config.ts', '--logLevel', 'warn'],
  { stdio: ['ignore', process.stderr, process.stderr] },
)
const script = join(folder, 'build/node.js')
const args = [script, root, join(folder, 'results.jsonl'), ...process.argv.slice(2)]
process.exit(run(process.execPath, args))
