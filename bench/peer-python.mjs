/** @file The other side of `npm run bench:peers`: a Python that has torch, captum and zennit. */

import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const script = join(import.meta.dirname, 'peers/peers.py')
// -B: no __pycache__ beside the sources.
const args = (...rest) => ['-B', script, ...rest]

/** A sentence that says what is missing, or null. */
export function missingFrom(python) {
  const { status, stdout, error } = spawnSync(python, args('check'), { encoding: 'utf8' })
  if (error || status !== 0) return `'${python}' could not be run as Python`
  const { missing } = JSON.parse(stdout)
  return missing.length === 0 ? null : `'${python}' has no ${missing.join(', no ')}`
}

/** Writes NETWORK.onnx for every network; their input shapes by name. */
export function exportNetworks(python, folder) {
  const { status, stdout, stderr } = spawnSync(python, args('export', folder), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the networks could not be exported:\n${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

/** `run(method, amount)` gives ms and cpuMs; requests go one after the other. */
export function openPython(python, network, threads) {
  const child = spawn(python, args('serve', network, String(threads)), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(method, amount) {
      child.stdin.write(`${JSON.stringify({ method, amount })}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`Python ended at ${method}`)
      return JSON.parse(value)
    },
    close: () => child.stdin.end(),
  }
}
