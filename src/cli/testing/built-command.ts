/** @file Runs the built command as users do, in a folder of its own. */

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')
const command = join(root, 'dist/cli/saliscope.mjs')
export const fixtures = join(root, 'parity/fixtures/methods')
export const hippocampus = join(root, 'public/cases/hippocampus')

/** Builds `dist/cli` where it is stale. Test files run side by side: one builds, the others wait. */
export async function buildCommand(): Promise<void> {
  const lock = join(root, 'node_modules/.cache/saliscope/cli.lock')
  mkdirSync(join(lock, '..'), { recursive: true })
  while (!take(lock)) await new Promise((done) => setTimeout(done, 200))
  try {
    const build = "const { buildCli } = await import('./scripts/project.mjs'); buildCli()"
    execFileSync(process.execPath, ['--input-type=module', '-e', build], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

/** False while another holds it; one that is older than a minute was left behind. */
function take(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (age > 60_000) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

export interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder for one test file's inputs and outputs, and the command run in it. */
export interface Workbench {
  readonly folder: string
  /** Writes a file into the folder; its path. */
  put(name: string, content: string | Uint8Array): string
  run(...args: readonly string[]): Promise<Outcome>
  /** Runs with --json; the object printed. Throws with the command's own words where it fails. */
  json(...args: readonly string[]): Promise<Record<string, unknown>>
  remove(): void
}

export function createWorkbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'saliscope-'))
  const run: Workbench['run'] = (...args) => finish(startCommand(args, folder))
  return {
    folder,
    run,
    put(name, content) {
      const path = join(folder, name)
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, content)
      return path
    },
    async json(...args) {
      const { status, stdout, stderr } = await run(...args, '--json')
      if (status !== 0) throw new Error(`${args.join(' ')}: ${status} ${stderr}`)
      return JSON.parse(stdout) as Record<string, unknown>
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function startCommand(args: readonly string[], cwd: string) {
  return spawn(process.execPath, [command, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
}

export function finish(child: ReturnType<typeof startCommand>): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (status, signal) => done({ status, signal, ...texts }))
  })
}
