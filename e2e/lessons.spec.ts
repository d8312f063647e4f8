import type { Locator, Page } from '@playwright/test'
import { findings } from './findings.ts'
import { expect, openDemo, panel, readServed, scoreOf, test } from './viewer-page.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

const gallery = (page: Page): Locator => page.getByRole('dialog', { name: 'Gallery' })
const lessonBar = (page: Page): Locator => page.getByRole('region', { name: /^Lesson: / })

test('every lesson runs to its end by keyboard, and tells the numbers on the page', async ({
  page,
}) => {
  test.setTimeout(400_000)
  await openDemo(page)
  await page.getByRole('button', { name: 'Gallery' }).click()
  const offered = gallery(page).getByRole('list', { name: 'Lessons' }).getByRole('button')
  const count = await offered.count()
  const { cases } = await readServed<{ cases: readonly { id: string }[] }>(page, 'index.json')
  const hasShortcut = cases.some(({ id }) => id === 'shortcut')
  expect(count, 'the shortcut is offered with its case').toBe(hasShortcut ? 3 : 2)
  await page.keyboard.press('Escape')
  for (let lesson = 0; lesson < count; lesson++) {
    await page.keyboard.press('g')
    const title = (await offered.nth(lesson).locator('strong').textContent()) ?? ''
    await offered.nth(lesson).focus()
    await page.keyboard.press('Enter')
    await test.step(title, async () => {
      for (let step = 1; step <= 5; step++) {
        await expect(lessonBar(page)).toContainText(`${title}, step ${step} of 5`)
        await expect(lessonBar(page).getByRole('heading')).toBeFocused()
        // Ready: the way on is no longer called Skip.
        const on = lessonBar(page).getByRole('button', { name: step < 5 ? 'Next' : 'Finish' })
        await expect(on).toBeVisible({ timeout: 90_000 })
        await expect(page.locator('.lesson-words .faint')).toHaveCount(0, { timeout: 90_000 })
        const words = await page.locator('.lesson-words > p').last().innerText()
        expect(words.length).toBeGreaterThan(60)
        expect(words).not.toMatch(/—|NaN|undefined|null/)
        // What is seen is said: the live region holds the same words.
        await expect(page.getByRole('status').filter({ hasText: words })).toHaveCount(1)
        if (title === 'Why Grad-CAM misses it' && step === 4) {
          const told = Number(/puts ([\d.]+) % of its mass/.exec(words)?.[1])
          const shown = 100 * (await scoreOf(page, 'relevance-mass-accuracy'))
          expect(Math.abs(told - shown)).toBeLessThanOrEqual(0.06 * shown)
          expect.soft(await findings(page), 'a lesson').toEqual([])
        }
        if (step < 5) await page.keyboard.press('n')
      }
      await page.keyboard.press('p')
      await expect(lessonBar(page)).toContainText('step 4 of 5')
      await lessonBar(page).getByRole('button', { name: 'Back' }).focus()
      for (let press = 0; press < 5; press++) await page.keyboard.press('Tab')
      const isInside = await lessonBar(page).evaluate((bar) => bar.contains(document.activeElement))
      expect(isInside, 'Tab leaves the lesson').toBe(false)
      await lessonBar(page).getByRole('button', { name: 'Leave the lesson' }).click()
      await expect(lessonBar(page)).toBeHidden()
      await expect(page.getByRole('button', { name: 'Gallery' })).toBeFocused()
      await expect(page.getByRole('button', { name: 'Shuffle weights' })).toBeVisible()
      await expect(panel(page, 'Prediction').getByRole('button', { pressed: true })).toBeVisible()
    })
  }
})
