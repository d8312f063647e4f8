/** @file Finds a Chromium: one that is there, else Playwright's download, else the system's package manager. */

import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { bin, run } from './project.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const fixedPlaces = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function installed() {
  const named = process.env.SALISCOPE_CHROMIUM
  if (named) return named
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...folders.flatMap((f) => names.map((name) => join(f, name))), ...fixedPlaces]
  return candidates.find(isExecutable)
}

async function playwrights() {
  const { chromium } = await import('@playwright/test')
  const path = chromium.executablePath()
  return existsSync(path) ? path : undefined
}

/** Path of a Chromium that exists; ends the process with a sentence when none can be had. */
export async function ensureChromium() {
  const there = installed() ?? (await playwrights())
  if (there) return there
  console.error('No Chromium found: trying Playwright’s download...')
  run(process.execPath, [bin('@playwright/test', 'cli.js'), 'install', 'chromium'])
  const downloaded = await playwrights()
  if (downloaded) return downloaded
  console.error('That did not work: trying the system’s package manager...')
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const attempts = [
    [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', 'chromium'],
    ],
    [['dnf', 'install', '-y', 'chromium']],
    [['apk', 'add', 'chromium']],
    [['pacman', '-S', '--noconfirm', 'chromium']],
    [['brew', 'install', '--cask', 'chromium']],
  ]
  for (const steps of attempts) {
    const manager = steps[0][0]
    if (run('sh', ['-c', `command -v ${manager}`], { stdio: 'ignore' }) !== 0) continue
    for (const step of steps) {
      const [command, ...args] = manager === 'brew' ? step : [...asRoot, ...step]
      run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } })
    }
    const found = installed()
    if (found) return found
  }
  console.error('The browser tests need a Chromium: install one, or name it in SALISCOPE_CHROMIUM.')
  process.exit(1)
}
