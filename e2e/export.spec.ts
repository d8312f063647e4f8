import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Download, Page } from '@playwright/test'
import { colouredShare, litShare, readPng } from './png.ts'
import { card, mask, model, scan } from './subject.ts'
import { dropFiles, expect, expectRun, openEmpty, test } from './viewer-page.ts'
import { readNifti } from './volumes.ts'

test.use({ viewport: { width: 1280, height: 720 } })

/** Exports from the menu; the downloads by the ends of their names. */
async function exported(page: Page, item: RegExp, count: number): Promise<Map<string, Buffer>> {
  const downloads: Download[] = []
  const note = (download: Download) => downloads.push(download)
  page.on('download', note)
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: item }).click()
  await expect.poll(() => downloads.length).toBe(count)
  page.off('download', note)
  const files = new Map<string, Buffer>()
  for (const download of downloads)
    files.set(download.suggestedFilename(), await readFile(await download.path()))
  return files
}

function ending(files: ReadonlyMap<string, Buffer>, end: string): Buffer {
  const found = [...files].find(([name]) => name.endsWith(end))
  if (!found) throw new Error(`no ${end} among ${[...files.keys()].join(', ')}`)
  return found[1]
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

test('an exported map reads back on the image’s grid, with its record and picture', async ({
  page,
}) => {
  await openEmpty(page)
  await dropFiles(page, [scan, model, card, mask])
  await expectRun(page, 'done')
  await page
    .getByRole('button', { name: 'Crosshair to the map’s maximum' })
    .or(page.getByRole('button', { name: "Crosshair to the map's maximum" }))
    .click()

  const files = await exported(page, /^Map and record/, 2)
  const map = readNifti(ending(files, '.nii.gz'))
  const record = JSON.parse(ending(files, '.json').toString('utf8'))

  await test.step('the map lies where the image lies', () => {
    const image = readNifti(scan.bytes)
    expect(map.dims).toEqual(image.dims)
    expect(map.sform).toEqual(image.sform)
  })

  await test.step('its strongest voxel is what the page and the record say', async () => {
    const strongest = map.data.reduce((best, value) => Math.max(best, Math.abs(value)), 0)
    expect(strongest).toBeGreaterThan(0)
    const [i, j, k] = record.map.strongestAtVoxel
    const [nx = 0, ny = 0] = map.dims
    const value = map.data[i + nx * (j + ny * k)] ?? 0
    expect(Math.abs(value)).toBe(strongest)
    expect(map.data.reduce((a, b) => Math.max(a, b))).toBeCloseTo(record.map.max, 6)
    expect(map.data.reduce((a, b) => Math.min(a, b))).toBeCloseTo(record.map.min, 6)
    const readout = page.getByLabel('Values at the crosshair')
    const shown = await readout
      .locator('div', { hasText: /^Gradient/ })
      .locator('dd')
      .innerText()
    const number = Number(
      shown
        .replace('−', '-')
        .replace('e−', 'e-')
        .match(/^[+-]?[\d.]+(e-?\d+)?/)?.[0],
    )
    expect(Math.abs(number - value)).toBeLessThanOrEqual(0.006 * Math.abs(value))
  })

  await test.step('the record says how it was made', () => {
    expect(record).toMatchObject({
      method: 'gradient',
      options: {},
      seed: 0,
      targetLabel: expect.stringMatching(/ball/),
      score: expect.any(Number),
      model: { name: model.name, sha256: sha256(model.bytes) },
      volume: { name: scan.name, sha256: sha256(scan.bytes), dims: map.dims },
      truth: { name: mask.name, sha256: sha256(mask.bytes) },
      provider: { id: 'wasm', label: expect.stringMatching(/^WASM/), reason: expect.any(String) },
      card: { title: 'Ball finder' },
      note: expect.stringMatching(/not for clinical decisions/),
    })
    expect(record.target).toMatch(/^\d$/)
    expect(record.saliscope).toMatch(/^\d+\.\d+\.\d+/)
    expect(record.metrics.scores['roc-auc'].value).toBeGreaterThan(0)
  })

  await test.step('the picture is one', async () => {
    const [name, png] = [...(await exported(page, /^Picture/, 1))][0] ?? ['', Buffer.alloc(0)]
    expect(name).toMatch(/^head-gradient-\d\.png$/)
    const picture = readPng(png)
    expect(picture.width).toBeGreaterThan(500)
    expect(litShare(picture)).toBeGreaterThan(0.05)
    expect(colouredShare(picture)).toBeGreaterThan(0.01)
  })
})
