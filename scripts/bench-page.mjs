/** @file Builds the benchmark's parts and serves its page, for the bench commands. */

import { join } from 'node:path'
import { bin, must, root } from './project.mjs'

export function buildBench(what, args) {
  console.error(`Building ${what} of the benchmark...`)
  const vite = bin('vite', 'bin/vite.js')
  const config = ['build', '--config', 'vite.bench.config.ts', '--logLevel', 'warn', ...args]
  const stdio = ['ignore', process.stderr, process.stderr]
  must('The build', process.execPath, [vite, ...config], { stdio })
}

/** The built files with the headers of the product, on a free port. */
export async function serve(configFile) {
  const { preview } = await import('vite')
  const server = await preview({
    configFile: join(root, configFile),
    root,
    preview: { port: 4400, host: '127.0.0.1', strictPort: false },
    logLevel: 'error',
  })
  return { address: server.resolvedUrls.local[0], close: () => server.close() }
}
