/** @file What `npm start`, `npm test` and `npm run saliscope` share: install once, build when stale. Plain Node, no packages. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Saliscope needs Node 20.19 or newer; this is ${process.version}.`)
  process.exit(1)
}

/** Runs a command from the project's root; its exit status. Output goes where `stdio` says. */
export function run(command, args, { stdio = 'inherit', env = {} } = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio,
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  })
  if (error) console.error(`${command}: ${error.message}`)
  return status ?? 1
}

/** As `run`, but a failure ends this process with a sentence. */
export function must(what, command, args, options) {
  const status = run(command, args, options)
  if (status !== 0) {
    console.error(`${what} failed (${[command, ...args].join(' ')} gave ${status}).`)
    process.exit(status)
  }
}

/** Path of a package's command, to be run with this Node. */
export const bin = (name, script) => join(root, 'node_modules', name, script)

/** Everything that progress messages print goes to standard error, so that `--json` stays clean. */
const quiet = { stdio: ['ignore', process.stderr, process.stderr] }

/** Installs the locked packages unless that very lock file is installed already. */
export function ensureInstalled() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.saliscope-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.error('Installing packages (once)...')
  must('The installation', 'npm', ['ci', '--no-audit', '--no-fund'], quiet)
  writeFileSync(stamp, lock)
}

const pageSources = [
  'src',
  'workers',
  'public',
  'index.html',
  'vite.config.ts',
  'package-lock.json',
]
const cliSources = ['src/cli', 'src/core', 'src/engine', 'vite.cli.config.ts', 'package-lock.json']

function* files(path) {
  if (!statSync(path).isDirectory()) return yield path
  for (const name of readdirSync(path).sort()) yield* files(join(path, name))
}

/** Changes when any source file changes its size or its time. */
function fingerprint(sources) {
  const hash = createHash('sha256')
  for (const source of sources)
    for (const file of files(join(root, source))) {
      const { size, mtimeMs } = statSync(file)
      hash.update(`${file}:${size}:${mtimeMs}\n`)
    }
  return hash.digest('hex')
}

function buildWhenStale(what, sources, stamp, result, build) {
  const wanted = fingerprint(sources)
  if (existsSync(result) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error(`Building ${what}...`)
  build()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

const vite = () => bin('vite', 'bin/vite.js')

export function buildPage() {
  buildWhenStale(
    'the page',
    pageSources,
    join(root, 'node_modules/.cache/saliscope/page'),
    join(root, 'dist/page/index.html'),
    () => must('The build', process.execPath, [vite(), 'build', '--logLevel', 'warn'], quiet),
  )
}

export function buildCli() {
  buildWhenStale(
    'the command',
    cliSources,
    join(root, 'node_modules/.cache/saliscope/cli'),
    join(root, 'dist/cli/saliscope.mjs'),
    () =>
      must(
        'The build',
        process.execPath,
        [vite(), 'build', '--config', 'vite.cli.config.ts', '--logLevel', 'warn'],
        quiet,
      ),
  )
}
