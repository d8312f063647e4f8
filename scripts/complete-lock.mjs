/**
 * @file `node scripts/complete-lock.mjs`, after every change of dependencies. npm leaves the builds for other
 * platforms out of the lock file when it cannot see them (a registry mirror may lack them), and then `npm ci`
 * refuses the lock file everywhere. This adds an entry for each, with the platform read off its name.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './project.mjs'

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

const path = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8'))
let added = 0
for (const [place, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  if (place === '') continue
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const platform = platformOf(name)
    if (!platform || isLocked(place, name)) continue
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[~^]/, ''),
      ...platform,
      ...(dev && { dev }),
      optional: true,
    }
    added++
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
)
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} entries added`)

function isLocked(place, name) {
  return `${place}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages
}

/** "@scope/cli-linux-arm64-musl" -> os, cpu and libc; null where the name holds no processor. */
function platformOf(name) {
  const words = name.split(/[/-]/).flatMap((word) => (word.startsWith('arm-') ? ['arm'] : [word]))
  const cpu = processors.filter((processor) =>
    words.some(
      (word) =>
        word === processor ||
        (processor === 'ppc64' && word === 'ppc64le') ||
        (processor === 'riscv64' && word === 'riscv64gc'),
    ),
  )
  const os = systems.filter((system) => words.includes(system))
  if (cpu.length === 0 || (os.length === 0 && !cpu.includes('wasm32'))) return null
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : []
  return { cpu, ...(os.length > 0 && { os }), ...(libc.length > 0 && { libc }) }
}
