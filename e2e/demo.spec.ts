import { changedShare, colouredShare, litShare } from './png.ts'
import {
  expect,
  lookAt,
  metric,
  openDemo,
  panel,
  picture,
  runs,
  scoreOf,
  test,
} from './viewer-page.ts'

test('the demo appears by itself, with a heat map and numbers', async ({ page }) => {
  await openDemo(page)

  await test.step('a prediction', async () => {
    const prediction = panel(page, 'Prediction')
    await expect(prediction.getByRole('button', { pressed: true })).toHaveText(/0\.\d\d/)
    await expect(prediction).toContainText(/Explaining: \w/)
  })

  await test.step('a finished run and numbers against the truth', async () => {
    await expect(runs(page)).toHaveCount(1)
    await expect(runs(page).first()).toHaveAttribute('data-state', 'done')
    const mass = await scoreOf(page, 'relevance-mass-accuracy')
    const chance = Number(
      await metric(page, 'relevance-mass-accuracy').locator('td').last().innerText(),
    )
    expect(mass).toBeGreaterThan(5 * chance)
    expect(mass).toBeLessThanOrEqual(1)
    expect(await scoreOf(page, 'roc-auc')).toBeGreaterThan(0.8)
  })

  await test.step('threads, and why', async () => {
    expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true)
    await expect(page.getByRole('button', { name: /WASM, \d+ threads?|WebGPU/ })).toBeVisible()
  })

  await test.step('colour bar and sides', async () => {
    await expect(page.getByRole('img', { name: /^Colour bar, .+ to / })).toBeVisible()
    for (const letter of ['L', 'R', 'A', 'P', 'S', 'I'])
      await expect(picture(page).getByText(letter, { exact: true }).first()).toBeVisible()
  })

  await test.step('the picture holds anatomy, the map and the outline of the truth', async () => {
    const all = await lookAt(page)
    expect(litShare(all)).toBeGreaterThan(0.1)
    await page.keyboard.press('m')
    const withoutTruth = await lookAt(page)
    expect(changedShare(all, withoutTruth)).toBeGreaterThan(0.0005)
    await page.getByRole('switch', { name: 'Show map' }).click()
    const anatomy = await lookAt(page)
    expect(litShare(anatomy)).toBeGreaterThan(0.1)
    expect(colouredShare(withoutTruth)).toBeGreaterThan(colouredShare(anatomy) + 0.005)
  })
})

test('the threshold moves picture and numbers together, by keyboard', async ({ page }) => {
  await openDemo(page)
  // Slices alone: the 3-D view is drawn when the page has time for it.
  await page.getByRole('radio', { name: 'Axial' }).click()
  const before = { dice: await scoreOf(page, 'dice'), recall: await scoreOf(page, 'recall') }
  const pictureBefore = await lookAt(page)

  const slider = page.getByRole('slider', { name: 'Threshold' })
  await slider.focus()
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowLeft')
  await expect(page.getByRole('textbox', { name: 'Threshold percentile' })).toHaveValue('98.5 %')
  expect(await scoreOf(page, 'recall')).toBeGreaterThanOrEqual(before.recall)
  expect(await scoreOf(page, 'dice')).not.toBe(before.dice)
  await page.keyboard.press('Home')
  await expect(slider).toHaveAttribute('aria-valuetext', /^0th percentile/)
  expect(await scoreOf(page, 'recall')).toBe(1)
  expect(changedShare(pictureBefore, await lookAt(page))).toBeGreaterThan(0.01)

  await test.step('a typed value moves the slider', async () => {
    const field = page.getByRole('textbox', { name: 'Threshold percentile' })
    await field.fill('99')
    await field.press('Enter')
    await expect(slider).toHaveAttribute('aria-valuenow', '99')
    expect(await scoreOf(page, 'dice')).toBe(before.dice)
    expect(changedShare(pictureBefore, await lookAt(page))).toBeLessThan(0.001)
  })
})

test('shortcuts do what the help says', async ({ page }) => {
  await openDemo(page)
  const body = page.locator('body')

  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Help and shortcuts' })
  await expect(help).toBeVisible()
  const keyTwo = help.locator('dt', { hasText: /^2$/ }).locator('+ dd')
  const methodTwo = (await keyTwo.textContent()) ?? ''
  await page.keyboard.press('Escape')
  await expect(help).toBeHidden()

  const truth = page.getByRole('button', { name: 'Show truth outline' })
  await body.press('m')
  await expect(truth).toHaveAttribute('aria-pressed', 'false')
  await body.press('M')
  await expect(truth).toHaveAttribute('aria-pressed', 'true')

  const map = page.getByRole('switch', { name: 'Show map' })
  await body.press('o')
  await expect(map).not.toBeChecked()
  await body.press('o')
  await expect(map).toBeChecked()

  const opacity = page.getByRole('textbox', { name: /^Opacity/ })
  await body.press('[')
  await expect(opacity).toHaveValue('75 %')
  await body.press(']')
  await expect(opacity).toHaveValue('80 %')

  const percentile = page.getByRole('textbox', { name: 'Threshold percentile' })
  await body.press(',')
  await expect(percentile).toHaveValue('98.9 %')
  await body.press('Control+z')
  await expect(percentile).toHaveValue('99 %')

  const sides = () =>
    picture(page)
      .getByText(/^[LR]$/)
      .evaluateAll((letters) =>
        letters
          .map((one) => ({ letter: one.textContent, x: one.getBoundingClientRect().x }))
          .toSorted((a, b) => a.x - b.x)
          .map(({ letter }) => letter),
      )
  expect((await sides())[0]).toBe('R')
  await body.press('r')
  await expect(page.getByRole('button', { name: /neurological/ })).toBeVisible()
  await expect.poll(async () => (await sides())[0]).toBe('L')

  await body.press('2')
  await expect(page.getByRole('combobox', { name: /^Method/ })).toHaveText(methodTwo)
})
