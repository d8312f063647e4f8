/** @file `npm start`: installs, builds when stale, serves the page and opens it. */

import { spawn } from 'node:child_process'
import { buildPage, ensureInstalled } from './project.mjs'

ensureInstalled()
buildPage()

const { preview } = await import('vite')
const wanted = Number(process.env.PORT ?? 4173)
const server = await preview({ preview: { port: wanted, host: '127.0.0.1', strictPort: false } })
const address = server.resolvedUrls?.local[0] ?? `http://127.0.0.1:${wanted}/`
console.log(
  `Saliscope is at ${address} (Ctrl+C ends it). Nothing you open there leaves this machine.`,
)
openInBrowser(address)

/** Best effort, and only for a person: not in CI, not without a desktop. */
function openInBrowser(url) {
  const hasDesktop =
    process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  if (process.env.CI || process.env.SALISCOPE_NO_OPEN || !process.stdout.isTTY || !hasDesktop)
    return
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
