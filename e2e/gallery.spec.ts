import type { Locator, Page } from '@playwright/test'
import { findings } from './findings.ts'
import { changedShare } from './png.ts'
import {
  expect,
  expectRun,
  lookAt,
  metric,
  openDemo,
  openEmpty,
  panel,
  picture,
  runs,
  scoreOf,
  test,
} from './viewer-page.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

const gallery = (page: Page): Locator => page.getByRole('dialog', { name: 'Gallery' })
const lessonBar = (page: Page): Locator => page.getByRole('region', { name: /^Lesson: / })
const guessBar = (page: Page): Locator => page.getByRole('region', { name: 'Hidden truth' })

async function expectCase(page: Page, title: string, finished: number): Promise<void> {
  await expect(panel(page, `Case: ${title}`)).toBeVisible()
  await expect(runs(page)).toHaveCount(finished, { timeout: 60_000 })
  await expectRun(page, 'done')
  await expect(page.getByRole('img', { name: /^Colour bar/ })).toBeVisible()
}

test('every case opens from its card and shows a map; twins and neighbours are a click away', async ({
  page,
}) => {
  test.setTimeout(300_000)
  await openDemo(page)
  const index = await (await page.request.get('/cases/index.json')).json()
  const titles = (index.cases as readonly { title: string }[]).map(({ title }) => title)
  let finished = 1
  for (const title of titles) {
    await test.step(title, async () => {
      await page.getByRole('button', { name: 'Gallery' }).click()
      const card = gallery(page)
        .getByRole('list', { name: 'Cases' })
        .getByRole('button', { name: title })
        .first()
      await card.focus()
      await page.keyboard.press('Enter')
      await expect(gallery(page)).toBeHidden()
      finished += 1
      await expectCase(page, title, finished)
      await expect(metric(page, 'relevance-mass-accuracy')).toBeVisible()
    })
  }
  const [first = ''] = titles
  await test.step('the twin, and back to the first case by its address', async () => {
    await page.goto('/?case=hippocampus/subject-2/twin')
    await expectCase(page, first, 1)
    const twin = page.getByRole('radio', { name: 'Twin, without the signal' })
    await expect(twin).toBeChecked()
    await page.getByRole('radio', { name: 'With the signal', exact: true }).click()
    await expectCase(page, first, 2)
    await expect(page.getByRole('combobox', { name: /^Subject/ })).toHaveText('Subject 2')
  })
})

test('the cases under the header can be put away for good; the empty page offers them', async ({
  page,
}) => {
  await openDemo(page)
  const strip = page.getByRole('navigation', { name: 'Cases' })
  await expect(strip.getByRole('button', { name: /Hippocampus/ })).toHaveAttribute(
    'aria-current',
    'true',
  )
  expect.soft(await findings(page), 'strip').toEqual([])
  await strip.getByRole('button', { name: 'Hide the cases' }).click()
  await expect(strip).toBeHidden()
  await page.keyboard.press('g')
  await expect(gallery(page).getByRole('list', { name: 'Lessons' })).toBeVisible()
  expect.soft(await findings(page), 'gallery').toEqual([])
  await page.keyboard.press('Escape')
  await openEmpty(page)
  await expect(strip).toBeHidden()
  expect.soft(await findings(page), 'empty').toEqual([])
  await page.getByRole('button', { name: /^Hippocampus/ }).click()
  await expectRun(page, 'done')
})

test('every lesson runs to its end by keyboard, and tells the numbers on the page', async ({
  page,
}) => {
  test.setTimeout(400_000)
  await openDemo(page)
  await page.getByRole('button', { name: 'Gallery' }).click()
  const offered = gallery(page).getByRole('list', { name: 'Lessons' }).getByRole('button')
  const count = await offered.count()
  expect(count).toBeGreaterThanOrEqual(2)
  await page.keyboard.press('Escape')
  for (let lesson = 0; lesson < count; lesson++) {
    await page.getByRole('button', { name: 'Gallery' }).click()
    const title = (await offered.nth(lesson).locator('strong').textContent()) ?? ''
    await offered.nth(lesson).click()
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

test('hidden truth: guess by click and by keyboard, then the mask and the scores come back', async ({
  page,
}) => {
  await openDemo(page)
  await page.getByRole('radio', { name: 'Axial' }).click()
  const mass = await scoreOf(page, 'relevance-mass-accuracy')
  const readout = page.getByLabel('Values at the crosshair')
  const open = await lookAt(page)
  await page.keyboard.press('h')
  await expect(guessBar(page).getByRole('heading')).toBeFocused()

  await test.step('nothing tells where it is', async () => {
    await expect(metric(page, 'relevance-mass-accuracy')).toHaveCount(0)
    await expect(readout).not.toContainText(/Truth|Dice/)
    await expect(page.getByRole('region', { name: 'The map in words' })).not.toContainText('truth')
    await expect(page.getByRole('application')).not.toHaveAccessibleDescription(/inside the truth/)
    await expect(page.getByRole('button', { name: 'Show truth outline' })).toHaveCount(0)
    await expect(panel(page, /^Case: /)).not.toContainText('can only know it')
    await page.keyboard.press('m')
    expect(changedShare(open, await lookAt(page))).toBeGreaterThan(0.0005)
    await page.keyboard.press('m')
    expect.soft(await findings(page), 'hidden').toEqual([])
  })

  const guesses = guessBar(page).getByRole('list', { name: 'Guesses' }).getByRole('listitem')
  await test.step('the map’s maximum by keyboard, a far place by click', async () => {
    await page.getByRole('button', { name: "Crosshair to the map's maximum" }).click()
    await picture(page).focus()
    await page.keyboard.press('Enter')
    await expect(guesses).toHaveCount(1)
    const slice = await page.locator('[data-view="axial"]').boundingBox()
    if (!slice) throw new Error('no slice')
    await page.mouse.click(slice.x + slice.width / 2, slice.y + 0.2 * slice.height)
    await expect(guesses).toHaveCount(2)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await expect(guesses).toHaveCount(3)
    await guessBar(page).getByRole('button', { name: 'Remove guess 3' }).click()
    await expect(guesses).toHaveCount(2)
  })

  await test.step('revealed', async () => {
    const hidden = await lookAt(page)
    await guessBar(page).getByRole('button', { name: 'Reveal' }).click()
    await expect(guessBar(page)).toContainText('1 of 2 guesses hit the truth')
    await expect(guesses.nth(0)).toContainText('hit')
    await expect(guesses.nth(1)).toContainText(/\d mm away/)
    expect(await scoreOf(page, 'relevance-mass-accuracy')).toBe(mass)
    await page.getByRole('button', { name: "Crosshair to the map's maximum" }).click()
    expect(changedShare(hidden, await lookAt(page))).toBeGreaterThan(0.0005)
    expect.soft(await findings(page), 'revealed').toEqual([])
  })

  await test.step('left, all is as before', async () => {
    await page.keyboard.press('h')
    await expect(guessBar(page)).toBeHidden()
    await expect(readout).toContainText('Truth')
    expect(changedShare(open, await lookAt(page))).toBeLessThan(0.001)
  })
})

test('shuffled weights: another prediction, a measured correlation, and back', async ({ page }) => {
  await openDemo(page)
  const prediction = panel(page, 'Prediction')
  const before = await prediction.innerText()
  await page.getByRole('button', { name: 'Shuffle weights' }).click()
  await expect(page.getByText('weights shuffled')).toBeVisible()
  await expect(prediction.getByRole('button', { pressed: true })).toBeVisible()
  expect(await prediction.innerText()).not.toBe(before)
  await panel(page, 'Explain').getByRole('button', { name: /^Run/ }).click()
  await expect(runs(page)).toHaveCount(2)
  await expect(page.getByLabel('About this map')).toContainText(
    /correlation −?0\.\d\d with the map of trained weights/,
  )
  await page.getByRole('button', { name: 'Trained weights' }).click()
  await expect(prediction).toHaveText(before, { useInnerText: true })
})
