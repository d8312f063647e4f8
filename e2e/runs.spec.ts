import {
  chooseMethod,
  expect,
  expectRun,
  fill,
  metric,
  openDemo,
  panel,
  runButton,
  runs,
  scoreOf,
  test,
} from './viewer-page.ts'

test('a long run is cancelled at once, and the next one works', async ({ page }) => {
  await openDemo(page)
  await chooseMethod(page, /^Occlusion/)
  await fill(page, /^Stride/, '2')
  await runButton(page).click()
  const progress = page.getByRole('progressbar')
  await expect(progress).toHaveAttribute('aria-valuetext', /\d+ of \d+/)
  await expect(panel(page, 'Explain').getByText(/left$/)).toBeVisible()

  const answeredMs = await page.evaluate(async () => {
    const main = document.querySelector('main')
    const cancel = [...document.querySelectorAll('button')].find(
      (button) => button.textContent === 'Cancel',
    )
    const start = performance.now()
    cancel?.click()
    while (main?.dataset.runState !== 'cancelled') await new Promise(requestAnimationFrame)
    return performance.now() - start
  })
  expect(answeredMs).toBeLessThan(1000)
  await expect(progress).toBeHidden()
  await expect(runs(page).first()).toContainText('cancelled')
  // The map before it is still on screen.
  await expect(metric(page, 'roc-auc')).toBeVisible()

  await chooseMethod(page, /^Saliency/)
  await runButton(page).click()
  await expectRun(page, 'done')
  await expect(runs(page).first()).toContainText(/^Saliency/)
  await expect(page.getByRole('alert')).toHaveCount(0)

  await test.step('Escape cancels too', async () => {
    await chooseMethod(page, /^Occlusion/)
    await runButton(page).click()
    await expectRun(page, 'running')
    await page.keyboard.press('Escape')
    await expectRun(page, 'cancelled')
  })
})

test('of two runs the second waits, both finish, and switching is instant', async ({ page }) => {
  await openDemo(page)
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Help and shortcuts' })
  const entry = help.locator('dd', { hasText: 'Input × gradient' })
  const key = await entry.locator('xpath=preceding-sibling::dt[1]').innerText()
  await page.keyboard.press('Escape')
  await chooseMethod(page, /^SmoothGrad/)
  await fill(page, /^Samples/, '30')
  await runButton(page).click()
  await page.locator('body').press(key.trim())
  await runButton(page).click()
  await expect(page.getByText('waits for the run before it')).toBeVisible()
  await expect(runs(page)).toHaveCount(3)
  await expect(page.locator('[data-state="done"]')).toHaveCount(3, { timeout: 60_000 })

  // Two frames after a click, the numbers are those of the other run.
  const shown = (name: string) =>
    page.evaluate(async (wanted) => {
      const row = [...document.querySelectorAll('button.run-open')].find((button) =>
        button.textContent?.startsWith(wanted),
      )
      if (row instanceof HTMLElement) row.click()
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
      return document.querySelector('.metric-table')?.textContent ?? ''
    }, name)
  const [first, second, third] = [
    await shown('Gradient'),
    await shown('SmoothGrad'),
    await shown('Input'),
  ]
  expect(new Set([first, second, third]).size).toBe(3)
  expect(await shown('Gradient')).toBe(first)
  expect(first).toContain(String(await scoreOf(page, 'roc-auc')))
  await expect(page.getByRole('img', { name: /^Colour bar, Gradient/ })).toBeVisible()
})
