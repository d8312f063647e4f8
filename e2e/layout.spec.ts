import type { Locator, Page } from '@playwright/test'
import { litShare } from './png.ts'
import { expect, lookAt, metric, openDemo, picture, test } from './viewer-page.ts'

interface Box {
  readonly name: string
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** The text is wider than its box and not shortened on purpose. */
  readonly isCut: boolean
}

function boxesOf(controls: Locator): Promise<readonly Box[]> {
  return controls.evaluateAll((all) =>
    all.map((one) => {
      const { left, top, right, bottom } = one.getBoundingClientRect()
      const isCut =
        one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'
      const name = one.getAttribute('aria-label') ?? one.textContent ?? ''
      return { name, left, top, right, bottom, isCut }
    }),
  )
}

/** What is wrong with a row of controls: off the page, over each other, cut. */
async function faults(page: Page, row: Locator): Promise<readonly string[]> {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  const boxes = await boxesOf(row.locator('button:visible, input:visible, [role="slider"]:visible'))
  expect(boxes.length).toBeGreaterThan(0)
  const off = boxes
    .filter((b) => b.left < 0 || b.top < 0 || b.right > width + 0.5 || b.bottom > height + 0.5)
    .map(({ name }) => `"${name}" is off the page`)
  const cut = boxes.filter(({ isCut }) => isCut).map(({ name }) => `"${name}" is cut`)
  const over = boxes.flatMap((a, at) =>
    boxes
      .slice(at + 1)
      .filter(
        (b) =>
          Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
          Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1,
      )
      .map((b) => `"${a.name}" lies over "${b.name}"`),
  )
  return [...off, ...cut, ...over]
}

/** A rail may scroll down, never sideways. */
async function sideways(page: Page): Promise<readonly string[]> {
  return page
    .locator('html, .rail:visible, .stage, .readout')
    .evaluateAll((all) =>
      all
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
        .map((one) => `${one.className || one.tagName} is wider than its place`),
    )
}

const sizes = [
  { width: 1440, height: 900, share: 0.5 },
  { width: 1024, height: 768, share: 0.5 },
  // 1440 x 900 at 200 % zoom.
  { width: 720, height: 450, share: 0.5 },
] as const

test('nothing is cut, covered or off the page at any size', async ({ page }) => {
  await openDemo(page)
  for (const { width, height, share } of sizes) {
    await test.step(`${width} x ${height}`, async () => {
      await page.setViewportSize({ width, height })
      const drawers = width < 1180 ? ['Data and runs', 'Explain and measure'] : ['']
      for (const drawer of drawers) {
        if (drawer) {
          const toggle = page.getByRole('button', { name: drawer })
          if ((await toggle.getAttribute('aria-pressed')) !== 'true') await toggle.click()
        }
        expect(await faults(page, page.getByRole('banner')), 'header').toEqual([])
        expect(await faults(page, page.getByRole('toolbar')), 'toolbar').toEqual([])
        expect(await sideways(page)).toEqual([])
        const place = await page.locator('.stage').boundingBox()
        expect(place?.width ?? 0, drawer).toBeGreaterThanOrEqual(share * width)
        const view = await picture(page).boundingBox()
        expect(view?.height ?? 0).toBeGreaterThan(0.5 * height)
        for (const side of ['L', 'R'])
          await expect(picture(page).getByText(side, { exact: true }).first()).toBeInViewport({
            ratio: 1,
          })
        await expect(page.getByLabel('Values at the crosshair')).toBeInViewport({ ratio: 1 })
      }
      expect(litShare(await lookAt(page))).toBeGreaterThan(0.05)
      // The right rail is open: what is below the fold can be scrolled to.
      for (const control of [
        page.getByRole('slider', { name: 'Threshold' }),
        page.getByRole('slider', { name: 'Opacity' }),
        metric(page, 'recall'),
      ]) {
        await control.scrollIntoViewIfNeeded()
        await expect(control).toBeInViewport()
      }
      const runBox = page.locator('.run-box')
      await runBox.scrollIntoViewIfNeeded()
      expect(await faults(page, runBox), 'run').toEqual([])
    })
  }
})

// Made on request only, so that a normal run leaves the tree as it was.
if (process.env.SALISCOPE_SCREENSHOT === '1')
  test('a screenshot for the README', async ({ page }) => {
    // Small enough for a README, wide enough for both rails.
    await page.setViewportSize({ width: 1240, height: 775 })
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await openDemo(page)
    await lookAt(page)
    await page.screenshot({ path: 'docs/screenshot.png', animations: 'disabled' })
  })
