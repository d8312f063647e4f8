import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { card, model, scan } from './subject.ts'
import { dropFiles, expect, expectRun, openEmpty, runButton, test } from './viewer-page.ts'
import { readNifti } from './volumes.ts'

test.use({ viewport: { width: 1280, height: 720 } })

/** The first map of the small case, computed by the provider that the address asks for. */
async function mapFrom(page: Page, provider: string, badge: RegExp): Promise<Float32Array> {
  await openEmpty(page, `&provider=${provider}`)
  await dropFiles(page, [scan, model, card])
  // Where the first forward run was slow, the page does not explain by itself.
  await runButton(page).click()
  await expectRun(page, 'done')
  await expect(page.getByRole('button', { name: badge })).toBeVisible()
  const saved = new Promise<Buffer>((resolve) => {
    page.on('download', async (download) => {
      if (download.suggestedFilename().endsWith('.nii.gz'))
        resolve(await readFile(await download.path()))
    })
  })
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: /^Map and record/ }).click()
  return readNifti(await saved).data
}

test('WASM and WebGPU give the same map', async ({ page }) => {
  await page.goto('/?case=none')
  const adapter = await page.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } }
    return gpu ? (await gpu.requestAdapter()) !== null : false
  })
  test.skip(!adapter, 'this Chromium has no WebGPU adapter, not even a software one')

  const wasm = await mapFrom(page, 'wasm', /WASM, \d/)
  const webgpu = await mapFrom(page, 'webgpu', /WebGPU/)
  const largest = wasm.reduce((best, value) => Math.max(best, Math.abs(value)), 0)
  const apart = wasm.reduce((most, v, at) => Math.max(most, Math.abs(v - (webgpu[at] ?? 0))), 0)
  expect(largest).toBeGreaterThan(0)
  expect(apart / largest).toBeLessThan(1e-4)
})

test('a software GPU is not chosen by itself, and the page says why', async ({ page }) => {
  await openEmpty(page)
  await dropFiles(page, [scan, model, card])
  await page.getByRole('button', { name: /WASM, \d/ }).click()
  await expect(page.getByRole('dialog', { name: /WASM/ })).toContainText(/GPU adapter|no WebGPU/i)
})
