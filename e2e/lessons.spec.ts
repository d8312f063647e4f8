import type { Locator, Page } from '@playwright/test'
import { findings } from './findings.ts'
import { expect, openDemo, panel, scoreOf, test } from './viewer-page.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

const gallery = (page: Page): Locator => page.getByRole('dialog', { name: 'Gallery' })
const lessonBar = (page: Page): Locator => page.getByRole('region', { name: /^Lesson: / })

const titles = ['Why Grad-CAM misses it', 'A map that ignores the model', 'The shortcut'] as const

for (const title of titles)
  test(`“${title}” runs to its end by keyboard, and tells the numbers on the page`, async ({
    page,
  }) => {
    test.setTimeout(400_000)
    await openDemo(page)
    await page.keyboard.press('g')
    const offered = gallery(page).getByRole('list', { name: 'Lessons' }).getByRole('button')
    await expect(offered.locator('strong')).toHaveText([...titles])
    await offered.filter({ hasText: title }).focus()
    await page.keyboard.press('Enter')
    for (let step = 1; step <= 5; step++) {
      await expect(lessonBar(page)).toContainText(`${title}, step ${step} of 5`)
      await expect(lessonBar(page).getByRole('heading')).toBeFocused()
      // Ready: the way on is no longer called Skip.
      const on = lessonBar(page).getByRole('button', { name: step < 5 ? 'Next' : 'Finish' })
      await expect(on).toBeVisible({ timeout: 150_000 })
      await expect(page.locator('.lesson-words .faint')).toHaveCount(0, { timeout: 150_000 })
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
      if (title === 'A map that ignores the model' && step > 1)
        await expectLikeness(page, words, step)
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

/** The correlation that is told is the map's own, and judged as docs/truth.md judges. */
async function expectLikeness(page: Page, words: string, step: number): Promise<void> {
  const [row = ''] =
    /correlation −?\d\.\d\d/.exec(await page.getByLabel('About this map').innerText()) ?? []
  const value = row.replace('correlation ', '')
  expect(words).toContain(value)
  const rank = Number(value.replace('−', '-'))
  expect(words).toContain(rank > 0.5 ? 'follows the image' : 'follows the weights')
  // The demonstration itself.
  if (step === 3) expect(rank).toBeGreaterThan(0.5)
  if (step === 2) expect(rank).toBeLessThan(0.5)
}
