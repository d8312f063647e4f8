/** @file Chromium for the benchmark: the flags of the browser tests, and what its processes hold. */

import { readFileSync } from 'node:fs'
import { chromium } from '@playwright/test'

const flags = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export function launchChromium(executablePath) {
  return chromium.launch({ executablePath, args: flags })
}

/** A fresh profile: nothing is cached from the run before. */
export async function openPage(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(`  page: ${error.message}`))
  return page
}

/** Largest resident set that any renderer has had, in bytes; null where the system does not say. */
export async function peakRendererBytes(browser) {
  try {
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    await session.detach()
    const peaks = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => peakOf(id))
    return Math.max(...peaks)
  } catch {
    return null
  }
}

/** Linux keeps the high-water mark, in KiB. */
function peakOf(pid) {
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1024
}
