/**
 * @file The benchmark in Node: `node node.js methods|slider OUT.json full|quick [METHOD ...]`, one
 * process per part, so that the peak of its memory is its own; `files FOLDER` writes the case that
 * the page opens for its slider.
 */

import { writeFileSync } from 'node:fs'
import type { NodeReport } from './bench-types.ts'
import { writeCaseFiles } from './case-files.ts'
import { measureMethods } from './measure-methods.ts'
import { measureSlider } from './measure-slider.ts'
import { openSubject } from './node-subject.ts'

async function measure(
  part: string,
  file: string,
  isQuick: boolean,
  only: readonly string[],
): Promise<void> {
  const settings = { isQuick }
  const startRssBytes = process.memoryUsage.rss()
  const measured =
    part === 'slider'
      ? { slider: measureSlider(settings) }
      : { methods: await measureMethods(await openSubject(), settings, only, say) }
  // maxRSS is in KiB on every system.
  const peakRssBytes = process.resourceUsage().maxRSS * 1024
  const report: NodeReport = { ...measured, peakRssBytes, startRssBytes }
  writeFileSync(file, JSON.stringify(report))
}

function say(line: string): void {
  console.error(`  Node: ${line}`)
}

const [part, place, speed, ...only] = process.argv.slice(2)
if (part === undefined || place === undefined) throw new Error('which part, and where to?')
if (part === 'files') writeCaseFiles(place)
else await measure(part, place, speed === 'quick', only)
