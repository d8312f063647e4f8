/** @file The threshold that a case's first map opens with: from the training config to the page. */

import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shownRun } from './active-run.ts'
import { thresholdRows } from './metric-rows.ts'
import {
  fetchPublic,
  type InProcess,
  makeStore,
  publicFile,
  startInProcess,
} from './testing/in-process-store.ts'

let page: InProcess
beforeAll(async () => {
  page = await startInProcess()
})
afterAll(() => page.close())

test('what a training config says of it is what its case is shipped with', async () => {
  const folder = new URL('../../training/configs/', import.meta.url)
  const thresholds = new Map<string, unknown>()
  for (const name of await readdir(folder)) {
    const config = JSON.parse(await readFile(new URL(name, folder), 'utf8'))
    const shipped = JSON.parse(String(await publicFile(`cases/${config.id}/case.json`)))
    expect(shipped.threshold, config.id).toBe(config.case.threshold)
    thresholds.set(config.id, config.case.threshold)
  }
  expect(thresholds.get('lesions-flair')).toBe(99.9)
  expect(thresholds.get('lesions-t1')).toBe(99.9)
  expect(thresholds.get('hippocampus')).toBeUndefined()
})

/** The case with another threshold in its description. */
const withThreshold =
  (threshold: unknown) =>
  async (path: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await fetchPublic(path, signal)
    if (!path.endsWith('hippocampus/case.json')) return bytes
    const description = JSON.parse(new TextDecoder().decode(bytes))
    return new TextEncoder().encode(JSON.stringify({ ...description, threshold }))
  }

test.each([
  [99.5, 99.5],
  [undefined, 99],
  [120, 99],
  ['99.9', 99],
])('a case that says %j opens at %d', async (said, percentile) => {
  const store = makeStore(page.clients, withThreshold(said))
  await store.getState().start('hippocampus')
  const shown = shownRun(store.getState())!
  expect(shown.run.display.percentile).toBe(percentile)
  expect(thresholdRows(shown)).toHaveLength(4)
  expect(store.getState().undoDepth).toBe(0)
})
