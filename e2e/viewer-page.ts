/** @file The page as a person meets it: what every browser test says, in roles and names. */

import { test as base, expect, type Locator, type Page } from '@playwright/test'
import { type Picture, readPng } from './png.ts'

export interface DroppedFile {
  readonly name: string
  readonly bytes: Buffer
}

/**
 * Playwright's test, which also fails where a request leaves the origin or the page complains in
 * its console. Every test of the suite goes through it.
 */
export const test = base.extend<{ readonly watch: undefined }>({
  watch: [
    async ({ context, page, baseURL }, use) => {
      const origin = new URL(baseURL ?? '').origin
      const complaints: string[] = []
      context.on('request', (request) => {
        const { protocol, origin: to } = new URL(request.url())
        if (to !== origin && protocol !== 'blob:' && protocol !== 'data:')
          complaints.push(`a request leaves the origin: ${request.url()}`)
      })
      page.on('websocket', (socket) => complaints.push(`a web socket: ${socket.url()}`))
      page.on('pageerror', (error) => complaints.push(`an error nobody caught: ${error.message}`))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`a console error: ${message.text()}`)
      })
      await use(undefined)
      expect(complaints).toEqual([])
    },
    { auto: true },
  ],
})

/** Opens the demo case and waits for its first map and numbers. */
export async function openDemo(page: Page, query = ''): Promise<void> {
  await page.goto(`/${query}`)
  await expectRun(page, 'done')
  await expect(metric(page, 'relevance-mass-accuracy')).toBeVisible()
  // The crosshair goes to the maximum of the first map.
  await expect(page.getByLabel('Values at the crosshair')).toContainText('(100 %)')
}

/** Opens the page with nothing loaded. */
export async function openEmpty(page: Page, query = ''): Promise<void> {
  await page.goto(`/?case=none${query}`)
  await expect(page.getByRole('heading', { name: /drop files of your own/ })).toBeVisible()
}

/** What the newest run is doing. */
export async function expectRun(page: Page, state: string): Promise<void> {
  await expect(page.getByRole('main')).toHaveAttribute('data-run-state', state, { timeout: 60_000 })
}

export const panel = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('region', { name })

export const runs = (page: Page): Locator =>
  page.getByRole('list', { name: 'Runs' }).getByRole('listitem')

/** The row of a metric in the table, by its id. */
export const metric = (page: Page, id: string): Locator => page.locator(`[data-metric="${id}"]`)

export const picture = (page: Page): Locator => page.getByRole('application')

export async function scoreOf(page: Page, id: string): Promise<number> {
  const text = await metric(page, id).locator('td').first().innerText()
  const value = Number.parseFloat(text.replace('−', '-'))
  expect(value, `${id}: "${text}"`).not.toBeNaN()
  return value
}

/** The picture as it is on screen, once two looks in a row agree. */
export async function lookAt(page: Page): Promise<Picture> {
  await expect(picture(page).getByText('3-D view follows')).toHaveCount(0)
  let last = ''
  for (let attempt = 0; attempt < 20; attempt++) {
    const shot = await picture(page).screenshot({ animations: 'disabled' })
    const now = shot.toString('base64')
    if (now === last) return readPng(shot)
    last = now
    await page.waitForTimeout(60)
  }
  throw new Error('the picture never comes to rest')
}

/** Drops files on the page as the system would: enter, over, drop, with real File objects. */
export async function dropFiles(
  page: Page,
  files: readonly DroppedFile[],
  hovering?: () => Promise<void>,
  target = page.getByRole('main'),
): Promise<void> {
  const transfer = await page.evaluateHandle(
    (list) => {
      const data = new DataTransfer()
      for (const { name, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
        data.items.add(new File([bytes], name))
      }
      return data
    },
    files.map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') })),
  )
  await target.dispatchEvent('dragenter', { dataTransfer: transfer })
  await target.dispatchEvent('dragover', { dataTransfer: transfer })
  await hovering?.()
  await target.dispatchEvent('drop', { dataTransfer: transfer })
}

/** Chooses files with the button and the system's file chooser. */
export async function chooseFiles(page: Page, files: readonly DroppedFile[]): Promise<void> {
  const waiting = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Open…' }).click()
  const chooser = await waiting
  await chooser.setFiles(
    files.map(({ name, bytes }) => ({ name, mimeType: 'application/octet-stream', buffer: bytes })),
  )
}

/** Picks from a list box. */
export async function select(page: Page, label: RegExp, choice: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: choice }).click()
}

export const chooseMethod = (page: Page, name: string | RegExp): Promise<void> =>
  select(page, /^Method/, name)

/** Sets a text or number field and leaves it. */
export async function fill(page: Page, label: string | RegExp, value: string): Promise<void> {
  const field = page.getByRole('textbox', { name: label })
  await field.fill(value)
  await field.press('Enter')
}

export const runButton = (page: Page): Locator =>
  panel(page, 'Explain').getByRole('button', { name: /^Run/ })

/** A JSON file of the gallery, as the page is served with it. */
export async function readServed<T>(page: Page, path: string): Promise<T> {
  const response = await page.request.get(`/cases/${path}`)
  return (await response.json()) as T
}

export { expect }
