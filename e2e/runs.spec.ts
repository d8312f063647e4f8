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

  const { answeredMs, leftMs } = await page.evaluate(async () => {
    const main = document.querySelector('main')
    const cancel = [...document.querySelectorAll('button')].find(
      (button) => button.textContent === 'Cancel',
    )
    const read = () => {
      const text = document.querySelector('[role="progressbar"]')?.getAttribute('aria-valuetext')
      const [, done = '0', all = '0'] = /(\d+) of (\d+)/.exec(text ?? '') ?? []
      return { done: Number(done), all: Number(all), at: performance.now() }
    }
    const before = read()
    let now = before
    while (now.done < before.done + 5) {
      await new Promise(requestAnimationFrame)
      now = read()
    }
    const start = performance.now()
    cancel?.click()
    while (main?.dataset.runState !== 'cancelled') await new Promise(requestAnimationFrame)
    const paceMs = (now.at - before.at) / (now.done - before.done)
    return { answeredMs: performance.now() - start, leftMs: (now.all - now.done) * paceMs }
  })
  // As busy as the machine may be: the run would have gone on a hundred times as long.
  expect(answeredMs).toBeLessThan(leftMs / 100)
  await expect(progress).toBeHidden()
  await expect(runs(page).first()).toContainText('cancelled')
  // The map before it is still on screen.
  await expect(metric(page, 'roc-auc')).toBeVisible()

  await chooseMethod(page, /^Saliency/)
  await runButton(page).click()
  await expectRun(page, 'done')
  await expect(runs(page).first()).toContainText(/^Saliency/)
  await expect(page.getByRole('alert')).toHaveCount(0)

  await test.step('relevance says how much of it was lost on the way', async () => {
    const about = page.getByLabel('About this map')
    await expect(about).not.toContainText(/Lost on the way|Left over/)
    await chooseMethod(page, /^Layer-wise relevance/)
    await runButton(page).click()
    await expectRun(page, 'done')
    await expect(about).toContainText(/Lost on the way\s*[\d.]+ % of the score/)
    await expect(about).not.toContainText('Left over')
    await page.getByRole('button', { name: 'About Lost on the way' }).click()
    await expect(page.getByRole('dialog', { name: 'About Lost on the way' })).toContainText(
      'sum of the map − starting relevance',
    )
    await page.keyboard.press('Escape')
  })

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
