import { litShare } from './png.ts'
import { card, dims, mask, model, scan } from './subject.ts'
import {
  chooseFiles,
  dropFiles,
  expect,
  expectRun,
  lookAt,
  metric,
  openEmpty,
  panel,
  picture,
  runButton,
  scoreOf,
  test,
} from './viewer-page.ts'
import { makeNifti } from './volumes.ts'

test.use({ viewport: { width: 1280, height: 720 } })

test('dropped files of the user’s own are explained and measured', async ({ page }) => {
  await openEmpty(page)
  await dropFiles(page, [mask, scan, card, model], async () => {
    await expect(page.getByText('Drop to open')).toBeVisible()
  })
  await expect(page.getByText('Drop to open')).toBeHidden()
  await expectRun(page, 'done')

  const data = panel(page, 'Data')
  await expect(data).toContainText('head.nii.gz')
  await expect(data).toContainText('17 × 16 × 18, 2 mm')
  await expect(data).toContainText('Ball finder')
  await expect(data).toContainText('head_mask.nii.gz')
  await expect(panel(page, 'Prediction').getByRole('button', { name: 'two balls' })).toBeVisible()
  const mass = await scoreOf(page, 'relevance-mass-accuracy')
  expect(mass).toBeGreaterThan(0)
  expect(mass).toBeLessThan(1)
  expect(litShare(await lookAt(page))).toBeGreaterThan(0.05)
  await expect(page.getByRole('button', { name: /^Case:? own files/ })).toBeVisible()

  await test.step('another class gives another map', async () => {
    const before = await metric(page, 'roc-auc').locator('td').first().innerText()
    await panel(page, 'Prediction').getByRole('button', { pressed: false }).first().click()
    await runButton(page).click()
    await expect(page.locator('[data-state="done"]')).toHaveCount(2)
    await expect(metric(page, 'roc-auc').locator('td').first()).not.toHaveText(before)
  })
})

test('chosen files: the card is guessed and said so, an unclear role is asked', async ({
  page,
}) => {
  await openEmpty(page)
  await chooseFiles(page, [scan, model])
  await expectRun(page, 'done')
  await expect(panel(page, 'Measure')).toContainText('Add a truth mask')

  await test.step('what was guessed, and what the model sees', async () => {
    await page.getByRole('button', { name: 'Card was guessed: check it' }).click()
    const dialog = page.getByRole('dialog', { name: 'Model card' })
    await expect(dialog).toContainText('Not stated anywhere, so guessed')
    await dialog.getByRole('textbox', { name: 'Class names, in output order' }).fill('a, b, c')
    await dialog.getByRole('button', { name: 'Use and predict again' }).click()
    await expect(panel(page, 'Prediction').getByRole('button', { name: /^b / })).toBeVisible()
    await page.getByRole('button', { name: 'balls.onnx' }).first().click()
    const sight = page.getByRole('dialog', { name: 'What the model will see' })
    await expect(sight).toContainText('1 × 1 × 17 × 16 × 18')
    await expect(sight.getByRole('img')).toHaveCount(3)
    await sight.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('a mask by its name, but not by its values', async () => {
    const soft = makeNifti({
      dims,
      spacingMm: 2,
      value: (i, j, k) => Math.max(0, 1 - Math.hypot(i - 6, j - 9, k - 8) / 8),
    })
    await dropFiles(page, [{ name: 'soft_mask.nii.gz', bytes: soft }])
    const dialog = page.getByRole('dialog', { name: 'What is this file for?' })
    await expect(dialog).toContainText('soft_mask.nii.gz')
    await dialog.getByRole('radio', { name: 'Truth mask' }).click()
    await dialog.getByRole('button', { name: 'Use' }).click()
    await expect(panel(page, 'Measure against truth')).toBeVisible()
    await expect(panel(page, 'Data')).toContainText('cut at 0.5')
    expect(await scoreOf(page, 'roc-auc')).toBeGreaterThan(0)
    await expect(picture(page)).toHaveAccessibleName(/over head\.nii\.gz/)
  })
})
