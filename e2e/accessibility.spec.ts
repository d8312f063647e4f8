import type { Page } from '@playwright/test'
import { findings } from './findings.ts'
import { card, mask, model, scan } from './subject.ts'
import {
  dropFiles,
  expect,
  expectRun,
  openDemo,
  openEmpty,
  panel,
  runs,
  test,
} from './viewer-page.ts'

test('axe finds nothing serious in the demo, light and dark, wide and narrow', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await openDemo(page)
  for (const theme of ['Dark theme', 'Light theme']) {
    expect.soft(await findings(page), `before "${theme}"`).toEqual([])
    await page.getByRole('button', { name: theme }).click()
  }
  await test.step('a list and an explanation open', async () => {
    await page.getByRole('combobox', { name: /^Method/ }).click()
    await page.getByRole('option', { selected: true }).waitFor()
    expect.soft(await findings(page), 'methods').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: /^Target/ }).click()
    expect.soft(await findings(page), 'targets').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: /^Colours/ }).click()
    expect.soft(await findings(page, '[role="listbox"]'), 'a list').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'About Mass in truth' }).click()
    await expect(page.getByRole('dialog', { name: 'About Mass in truth' })).toBeVisible()
    expect.soft(await findings(page)).toEqual([])
    await page.keyboard.press('Escape')
  })
  await test.step('a narrow window', async () => {
    await page.setViewportSize({ width: 700, height: 800 })
    for (const drawer of ['Data and runs', 'Explain and measure']) {
      await page.getByRole('button', { name: drawer }).click()
      expect.soft(await findings(page), drawer).toEqual([])
    }
  })
})

test('axe finds nothing serious in dialogs, errors and the empty page', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await openEmpty(page)
  expect.soft(await findings(page), 'empty').toEqual([])
  await dropFiles(page, [scan, model, card, mask, { name: 'x.txt', bytes: Buffer.from('x') }])
  await expectRun(page, 'done')
  await expect(page.getByRole('alert')).toBeVisible()
  expect.soft(await findings(page), 'an error').toEqual([])
  const dialogs = [
    ['Help and shortcuts', 'Help and shortcuts'],
    ['Ball finder', 'What the model will see'],
    ['Model card', 'Model card'],
  ] as const
  for (const [opener, title] of dialogs) {
    await page.getByRole('button', { name: opener, exact: true }).click()
    const dialog = page.getByRole('dialog', { name: title })
    await expect(dialog).toBeVisible()
    expect.soft(await findings(page), title).toEqual([])
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  }
})

interface Stop {
  readonly name: string
  readonly isRinged: boolean
}

/** Presses Tab until the focus comes round; where it was, in order. */
async function tabThrough(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = []
  await page.evaluate(() => {
    for (const one of document.querySelectorAll('[data-tabbed]')) one.removeAttribute('data-tabbed')
  })
  for (let press = 0; press < 150; press++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const at = document.activeElement
      if (!at || at === document.body || at.hasAttribute('data-tabbed')) return null
      at.setAttribute('data-tabbed', '')
      return {
        name: `${at.getAttribute('aria-label') ?? ''} ${at.textContent ?? ''}`.trim().slice(0, 60),
        isRinged: [null, '::after'].some((part) => {
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at, part)
          return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
        }),
      }
    })
    if (!stop) return stops
    stops.push(stop)
  }
  return stops
}

test('everything is reachable by keyboard, with a visible focus', async ({ page }) => {
  test.slow()
  await openEmpty(page)
  await dropFiles(page, [scan, model, card, mask])
  await expectRun(page, 'done')
  const stops = await tabThrough(page)
  const missed = await page
    .locator(
      'button:visible:enabled, a[href]:visible, input:visible:enabled, [tabindex="0"]:not([role="radiogroup"]):visible',
    )
    .evaluateAll((all) =>
      all
        .filter((one) => !one.hasAttribute('data-tabbed') && one.getAttribute('tabindex') !== '-1')
        .map((one) => one.getAttribute('aria-label') ?? one.textContent ?? one.outerHTML),
    )
  expect(missed).toEqual([])
  expect(stops.length).toBeGreaterThan(30)
  expect(stops.filter(({ isRinged }) => !isRinged).map(({ name }) => name)).toEqual([])

  await test.step('a method is chosen and run without the mouse', async () => {
    await page.getByRole('combobox', { name: /^Method/ }).focus()
    await page.keyboard.press('Enter')
    const search = page.getByRole('combobox', { name: 'Search methods' })
    await expect(search).toBeFocused()
    await page.keyboard.type('Sal')
    const pointed = await search.getAttribute('aria-activedescendant')
    const saliency = page.getByRole('option', { name: /^Saliency/ })
    await expect(saliency).toHaveAttribute('id', pointed ?? 'none')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('combobox', { name: /^Method/ })).toHaveText('Saliency')
    await expect(page.getByRole('combobox', { name: /^Method/ })).toBeFocused()
    await panel(page, 'Explain').getByRole('button', { name: /^Run/ }).focus()
    await page.keyboard.press('Enter')
    await expect(runs(page)).toHaveCount(2)
    await expectRun(page, 'done')
  })

  await test.step('the crosshair moves by arrow keys', async () => {
    const readout = page.getByLabel('Values at the crosshair')
    const before = await readout.innerText()
    await page.getByRole('application').focus()
    await page.keyboard.press('ArrowRight')
    await expect(readout).not.toHaveText(before)
  })

  await test.step('a dialog keeps the focus and gives it back', async () => {
    const opener = page.getByRole('button', { name: 'Help and shortcuts' })
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Help and shortcuts' })
    await expect(dialog).toBeVisible()
    for (let press = 0; press < 4; press++) await page.keyboard.press('Tab')
    expect(await dialog.evaluate((one) => one.contains(document.activeElement))).toBe(true)
    await page.keyboard.press('Escape')
    await expect(opener).toBeFocused()
  })
})
