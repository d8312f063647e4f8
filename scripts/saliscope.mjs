/** @file `npm run --silent saliscope -- ARGS`: builds the command when stale and runs it. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { buildCli, ensureInstalled, root } from './project.mjs'

ensureInstalled()
buildCli()
// npm runs scripts in the project's root; the caller's own folder is what relative paths mean.
const child = spawn(
  process.execPath,
  [join(root, 'dist/cli/saliscope.mjs'), ...process.argv.slice(2)],
  { stdio: 'inherit', cwd: process.env.INIT_CWD ?? process.cwd() },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
